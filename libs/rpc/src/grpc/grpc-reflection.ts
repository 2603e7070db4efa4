import { FILE_DESCRIPTORS } from '@fraudflow/contracts';
import type { Server, ServiceDefinition } from '@grpc/grpc-js';
import { ReflectionService } from '@grpc/reflection';
import { boundedService } from './bounded-requests.js';

/** Largest reflection request, bytes. A request holds one name. */
const MAX_REQUEST_BYTES = 4 * 1024;

/** Full name of a service, taken from the path of its first method. */
export function serviceNameOf(definition: ServiceDefinition): string {
  const [method] = Object.values(definition);
  return method?.path.split('/')[1] ?? '';
}

/**
 * Adds gRPC server reflection (grpc.reflection v1 and v1alpha) for the named services. Services without a package are
 * left out, because the library lists them under a wrong name.
 */
export function addReflection(server: Server, serviceNames: readonly string[]): void {
  const services = serviceNames.filter((name) => name.includes('.'));
  const fileDescriptorProtos = FILE_DESCRIPTORS.map((text) => Buffer.from(text, 'base64'));
  // The library's parameter type is the result of its .proto loader, but it uses only the descriptors.
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
