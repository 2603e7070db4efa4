import type { MessageWriter } from '../protobuf/message-writer.js';
import { ATTRIBUTE, ATTRIBUTE_TYPE, NODE } from '../protobuf/onnx-schema.js';

/** Adds an attribute of one string to a node. */
export function writeText(node: MessageWriter, name: string, value: string): void {
  attribute(node, name, ATTRIBUTE_TYPE.string, (inner) => inner.text(ATTRIBUTE.string, value));
}

/** Adds an attribute of several strings to a node. */
export function writeTexts(node: MessageWriter, name: string, values: readonly string[]): void {
  attribute(node, name, ATTRIBUTE_TYPE.strings, (inner) => values.forEach((v) => inner.text(ATTRIBUTE.strings, v)));
}

/** Adds an attribute of one int64 to a node. */
export function writeInteger(node: MessageWriter, name: string, value: number): void {
  attribute(node, name, ATTRIBUTE_TYPE.int, (inner) => inner.integer(ATTRIBUTE.int, value));
}

/** Adds an attribute of several int64 to a node. */
export function writeIntegers(node: MessageWriter, name: string, values: readonly number[]): void {
  attribute(node, name, ATTRIBUTE_TYPE.ints, (inner) => inner.integers(ATTRIBUTE.ints, values));
}

/** Adds an attribute of several float32 to a node. */
export function writeFloats(node: MessageWriter, name: string, values: readonly number[]): void {
  attribute(node, name, ATTRIBUTE_TYPE.floats, (inner) => inner.floats(ATTRIBUTE.floats, values));
}

function attribute(node: MessageWriter, name: string, type: number, fill: (inner: MessageWriter) => void): void {
  node.message(NODE.attribute, (inner) => {
    inner.text(ATTRIBUTE.name, name);
    fill(inner);
    inner.integer(ATTRIBUTE.type, type);
  });
}
