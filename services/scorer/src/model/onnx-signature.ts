export { chooseSignature, type OnnxSignature } from '@fraudflow/learning';
