import { FILE_DESCRIPTORS } from '@fraudflow/contracts';
import { type WireField, wireFields } from './wire-fields.js';

/** Type of a field, as far as its decoded size depends on it. */
export type FieldShape =
  | { readonly kind: 'message'; readonly type: string }
  /** `string` and `bytes`. */
  | { readonly kind: 'text' }
  /** `width` bytes per value in packed form; 0 for varints. */
  | { readonly kind: 'number'; readonly width: 0 | 4 | 8 };

/** The fields of a message by number. */
export type MessageShape = ReadonlyMap<number, FieldShape>;

export interface Shapes {
  /** Shapes by full message name with a leading dot, as in descriptors. */
  readonly messages: ReadonlyMap<string, MessageShape>;
  /** Request type by method path, e.g. `/package.Service/Method`. */
  readonly requests: ReadonlyMap<string, string>;
}

// Field numbers of google/protobuf/descriptor.proto.
const FILE = { package: 2, message: 4, service: 6 };
const MESSAGE = { name: 1, field: 2, nested: 3 };
const FIELD = { number: 3, type: 5, typeName: 6 };
const SERVICE = { name: 1, method: 2 };
const METHOD = { name: 1, inputType: 2 };
const TYPE = {
  double: 1,
  float: 2,
  fixed64: 6,
  fixed32: 7,
  string: 9,
  message: 11,
  bytes: 12,
  sfixed32: 15,
  sfixed64: 16,
};

let known: Shapes | undefined;

/** The shapes of all messages in `proto/`, read once from the generated descriptors. */
export function contractShapes(): Shapes {
  return (known ??= readShapes(FILE_DESCRIPTORS.map((text) => Buffer.from(text, 'base64'))));
}

function readShapes(files: readonly Buffer[]): Shapes {
  const messages = new Map<string, MessageShape>();
  const requests = new Map<string, string>();
  for (const bytes of files) {
    const file = [...wireFields(bytes)];
    const scope = textOf(file, FILE.package);
    const prefix = scope === '' ? '' : `.${scope}`;
    for (const message of allOf(file, FILE.message)) addMessage(messages, prefix, message);
    for (const service of allOf(file, FILE.service)) addMethods(requests, scope, service);
  }
  return { messages, requests };
}

function addMessage(messages: Map<string, MessageShape>, scope: string, fields: readonly WireField[]): void {
  const name = `${scope}.${textOf(fields, MESSAGE.name)}`;
  const shape = new Map<number, FieldShape>();
  for (const field of allOf(fields, MESSAGE.field)) shape.set(numberOf(field, FIELD.number), fieldShape(field));
  messages.set(name, shape);
  for (const nested of allOf(fields, MESSAGE.nested)) addMessage(messages, name, nested);
}

function fieldShape(field: readonly WireField[]): FieldShape {
  const type = numberOf(field, FIELD.type);
  if (type === TYPE.message) return { kind: 'message', type: textOf(field, FIELD.typeName) };
  if (type === TYPE.string || type === TYPE.bytes) return { kind: 'text' };
  if (type === TYPE.float || type === TYPE.fixed32 || type === TYPE.sfixed32) return { kind: 'number', width: 4 };
  if (type === TYPE.double || type === TYPE.fixed64 || type === TYPE.sfixed64) return { kind: 'number', width: 8 };
  return { kind: 'number', width: 0 };
}

function addMethods(requests: Map<string, string>, scope: string, service: readonly WireField[]): void {
  const name = textOf(service, SERVICE.name);
  const path = scope === '' ? name : `${scope}.${name}`;
  for (const method of allOf(service, SERVICE.method)) {
    requests.set(`/${path}/${textOf(method, METHOD.name)}`, textOf(method, METHOD.inputType));
  }
}

function allOf(fields: readonly WireField[], number: number): WireField[][] {
  return fields.flatMap((field) => (field.number === number && field.bytes ? [[...wireFields(field.bytes)]] : []));
}

function textOf(fields: readonly WireField[], number: number): string {
  return fields.find((field) => field.number === number)?.bytes?.toString('utf8') ?? '';
}

function numberOf(fields: readonly WireField[], number: number): number {
  return fields.find((field) => field.number === number)?.value ?? 0;
}
