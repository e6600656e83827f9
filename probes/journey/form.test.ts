// What a browser would send of a form.
import { expect, test } from 'vitest';
import { readForm } from './form.ts';
import { parsePage } from './html.ts';

const read = (html: string, selector = 'form') => readForm(parsePage(html), selector);

test('the hidden fields of the usual frameworks, and what is preset', () => {
  expect(
    read(`<form action="/login/?a=1&amp;b=2" method="post">
      <input type="hidden" name="csrfmiddlewaretoken" value="abc">
      <input type="hidden" name="__VIEWSTATE" id="__VIEWSTATE" value="/wEPDwUK+/==">
      <input name="user" value="pre&amp;set"><input type="password" name="password">
      <input type="submit" name="go" value="Log in"><button name="b">x</button><input type="file" name="f"><input type=image name=i>
    </form>`),
  ).toEqual({
    action: '/login/?a=1&b=2',
    asksPassword: true,
    fields: [
      ['csrfmiddlewaretoken', 'abc'],
      ['__VIEWSTATE', '/wEPDwUK+/=='],
      ['user', 'pre&set'],
      ['password', ''],
    ],
  });
});

test('boxes that are ticked, options that are chosen, texts, and nothing that is disabled or nameless', () => {
  expect(
    read(`<form><input type=checkbox name=a><input type=checkbox name=b checked><input type=radio name=c value=1><input type=radio name=c value=2 checked>
      <select name=d><option value=1>one<option value=2 selected>two</select><select name=e><option> first <option>second</select><select name=none></select>
      <textarea name=f>\nline &lt;x&gt;</textarea><input name=g value=x disabled><input value=y></form>`)?.fields,
  ).toEqual([
    ['b', 'on'],
    ['c', '2'],
    ['d', '2'],
    ['e', 'first'],
    ['f', 'line <x>'],
  ]);
});

test('fields outside of the form that belong to it, and not those of another', () => {
  const page = `<form id=one><input name=a></form><form id=two><input name=b></form><input name=c form=two><input name=d>`;
  expect(read(page, '#one')?.fields.map(([name]) => name)).toEqual(['a']);
  expect(read(page, '#two')?.fields.map(([name]) => name)).toEqual(['b', 'c']);
});

test('a form inside of a table, as old pages have it', () => {
  expect(read('<table><form><tr><td><input name=a value=1></td></tr><tr><td><input name=b value=2></form></table>')?.fields).toEqual([
    ['a', '1'],
    ['b', '2'],
  ]);
});

test('no form, or something that is none', () => {
  expect(read('<p>x</p>')).toBeUndefined();
  expect(read('<div id=form><input name=a></div>', '#form')).toBeUndefined();
});
