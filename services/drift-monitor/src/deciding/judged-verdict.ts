import type { WindowVerdict } from '@fraudflow/drift';
import { logMeanE } from '@fraudflow/stats';

/**
 * The verdict used for evidence. Calendar features stay in the report with e = 1. A window that the version scored only
 * in part counts as insufficient.
 * @param isWhole whether the version scored enough of the window
 */
export function judgedOn(verdict: WindowVerdict, ignored: ReadonlySet<string>, isWhole: boolean): WindowVerdict {
  if (verdict.status === 'insufficient') return verdict;
  if (!isWhole) return { ...verdict, status: 'insufficient', inputLogE: 0, scoreLogE: 0 };
  const features = verdict.features.map((feature) => (ignored.has(feature.name) ? { ...feature, logE: 0 } : feature));
  const evident = features.filter(({ name }) => !ignored.has(name));
  return { ...verdict, features, inputLogE: logMeanE(evident.map(({ logE }) => logE)) };
}
