import { FILE_DESCRIPTORS } from '@fraudflow/contracts';
import type { Server, ServiceDefinition } from '@grpc/grpc-js';
import { ReflectionService } from '@grpc/reflection';
import { boundedService } from './bounded-requests.js';

/** A request holds one name. */
const MAX_REQUEST_BYTES = 4 * 1024;

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
  const bounded: Pick<Server, 'addService'> = {
    addService: (definition, implementation) =>
      server.addService(
        boundedService(definition, () => ({ messageBytes: MAX_REQUEST_BYTES })),
        implementation,
      ),
  };
  new ReflectionService(loaded, { services }).addToServer(bounded as Server);
}
