// A form of a page as a browser would send it before anybody typed anything (HTML 4.10.21.4). Pure.
import type { HTMLElement } from 'node-html-parser';
import { select } from './html.ts';

export interface Form {
  /** As it stands in the page; '' is the page's own address. */
  readonly action: string;
  /** Names and values of the fields, hidden ones included, in the order of the page. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** It asks for a password: it logs in, or changes one. */
  readonly asksPassword: boolean;
}

/** Buttons are sent only when they are pressed, and files have no content yet. */
const unsent = new Set(['submit', 'button', 'image', 'reset', 'file']);

/** The first form that the selector finds; undefined when it finds none, or something that is no form. */
export function readForm(page: HTMLElement, selector: string): Form | undefined {
  const form = select(page, selector);
  if (form?.rawTagName !== 'form') return undefined;
  const controls = [...form.querySelectorAll('input, select, textarea'), ...controlsElsewhere(page, form)];
  return {
    action: form.getAttribute('action') ?? '',
    fields: controls.filter(isSent).map((control) => [control.getAttribute('name') ?? '', valueOf(control)]),
    asksPassword: controls.some((control) => typeOf(control) === 'password'),
  };
}

/** Controls outside of the form that say by `form="..."` that they belong to it. */
function controlsElsewhere(page: HTMLElement, form: HTMLElement): readonly HTMLElement[] {
  const id = form.getAttribute('id') ?? '';
  if (id === '') return [];
  return page.querySelectorAll('input[form], select[form], textarea[form]').filter((control) => control.getAttribute('form') === id);
}

function typeOf(control: HTMLElement): string {
  return control.rawTagName === 'input' ? (control.getAttribute('type') ?? 'text').toLowerCase() : control.rawTagName;
}

function isSent(control: HTMLElement): boolean {
  const type = typeOf(control);
  if ((control.getAttribute('name') ?? '') === '' || control.hasAttribute('disabled') || unsent.has(type)) return false;
  if (type === 'checkbox' || type === 'radio') return control.hasAttribute('checked');
  return type !== 'select' || chosen(control) !== undefined;
}

function valueOf(control: HTMLElement): string {
  const type = typeOf(control);
  if (type === 'textarea') return control.textContent.replace(/^\n/, '');
  if (type === 'checkbox' || type === 'radio') return control.getAttribute('value') ?? 'on';
  if (type !== 'select') return control.getAttribute('value') ?? '';
  const option = chosen(control);
  return option?.getAttribute('value') ?? option?.textContent.trim() ?? '';
}

function chosen(control: HTMLElement): HTMLElement | undefined {
  const options = control.querySelectorAll('option').filter((option) => !option.hasAttribute('disabled'));
  return options.find((option) => option.hasAttribute('selected')) ?? options[0];
}
