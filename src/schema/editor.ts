// JSON Schema for editors, made from a schema of the kit.
import { s } from './kit.ts';
import { isSecret, metaOf } from './shape.ts';

/** Keys of the kit's own that mean nothing to an editor. */
const ownKeys = ['unit', 'least', 'most', 'secret', 'words'];

/** JSON Schema (draft 2020-12) of what may be written: before defaults and conversions. A secret is a text with a tag. */
export function editorSchema(schema: s.ZodType): Record<string, unknown> {
  return s.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      const json: Record<string, unknown> = jsonSchema;
      if (isSecret(zodSchema) && metaOf(zodSchema).secret === true)
        Object.assign(json, { type: 'string', description: json['description'] ?? '!env NAME or !file path' });
      for (const key of ownKeys) delete json[key];
    },
  });
}
