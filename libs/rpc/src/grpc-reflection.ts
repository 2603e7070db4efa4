import { FILE_DESCRIPTORS } from '@fraudflow/contracts';
import type { Server, ServiceDefinition } from '@grpc/grpc-js';
import { ReflectionService } from '@grpc/reflection';

/** Full name of a service, as its methods' paths say it. */
export function serviceNameOf(definition: ServiceDefinition): string {
  const [method] = Object.values(definition);
  return method?.path.split('/')[1] ?? '';
}

/**
 * Lets callers ask the server what it offers (grpc.reflection, v1 and v1alpha). Services without a package are left out: the
 * library lists them under a name that no caller finds.
 */
export function addReflection(server: Server, serviceNames: readonly string[]): void {
  const services = serviceNames.filter((name) => name.includes('.'));
  const fileDescriptorProtos = FILE_DESCRIPTORS.map((text) => Buffer.from(text, 'base64'));
  // The library asks for what its own loader of .proto files gives, and uses of it only the descriptors.
  const loaded = { all: { fileDescriptorProtos } } as unknown as ConstructorParameters<typeof ReflectionService>[0];
  new ReflectionService(loaded, { services }).addToServer(server);
}
