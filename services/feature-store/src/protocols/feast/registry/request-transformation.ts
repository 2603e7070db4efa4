import { Buffer } from 'node:buffer';
import type { feastOnDemandFeatureView } from '@fraudflow/contracts';

type Transformation = NonNullable<feastOnDemandFeatureView.OnDemandFeatureViewSpec['featureTransformation']>;

const REASON =
  'computed by the feature store itself: call get_online_features or get_historical_features with Feast 0.64 or later';

/**
 * The transformation of a view that the server computes. The SDK builds it when it reads the view but never calls it,
 * because the server applies on-demand views. An SDK older than 0.64 does call it and gets an error instead of wrong
 * numbers. `body` is a pickle of the same function, for SDKs that do not read the source text.
 */
export function serverSideTransformation(view: string): Transformation {
  const name = view;
  const message = `the features of ${view} are ${REASON}`;
  const bodyText = `def ${name}(inputs):\n    raise NotImplementedError("${message}")\n`;
  return {
    transformation: {
      $case: 'userDefinedFunction',
      value: { name, bodyText, body: raisingPickle(message), mode: 'python' },
    },
  };
}

/**
 * Pickle (protocol 0) of `builtins.eval` with a lambda that raises. A Python expression can raise only by throwing into
 * a generator.
 */
function raisingPickle(message: string): Buffer {
  const expression = `lambda inputs: (_ for _ in ()).throw(NotImplementedError("${message}"))`;
  return Buffer.from(`cbuiltins\neval\n(V${expression}\ntR.`, 'latin1');
}
