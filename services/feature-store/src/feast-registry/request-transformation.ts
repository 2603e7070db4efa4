import { Buffer } from 'node:buffer';
import type { feastOnDemandFeatureView } from '@fraudflow/contracts';

type Transformation = NonNullable<feastOnDemandFeatureView.OnDemandFeatureViewSpec['featureTransformation']>;

const REASON =
  'computed by the feature store itself: call get_online_features or get_historical_features with Feast 0.64 or later';

/**
 * The transformation of a view that the server computes. The SDK builds it when it reads the view and never calls it, since the server
 * applies on-demand views; run by an older SDK it says so instead of giving wrong numbers. `body` is for SDKs that know no source text:
 * a pickle of the same function.
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

/** Protocol 0: builtins.eval of a lambda that raises. Throwing into a generator is how an expression raises. */
function raisingPickle(message: string): Buffer {
  const expression = `lambda inputs: (_ for _ in ()).throw(NotImplementedError("${message}"))`;
  return Buffer.from(`cbuiltins\neval\n(V${expression}\ntR.`, 'latin1');
}
