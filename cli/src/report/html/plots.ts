import { featureValue, figure } from '../figures.js';
import type { Distribution } from '../read-feature-statistics.js';
import { escaped } from './markup.js';

const WIDTH = 192;
const HEIGHT = 36;
const GAP = 1;

/** The histogram of a feature as a small drawing; each bar shows its range and count. */
export function histogram(distribution: Distribution, name: string, dtype: string): string {
  const { counts, from, to, sampled } = distribution;
  const highest = Math.max(1, ...counts);
  const barWidth = WIDTH / counts.length;
  const binWidth = (to - from) / counts.length;
  const bars = counts.map((count, i) => {
    // A bin with at least one value is visible.
    const height = count === 0 ? 0 : Math.max(1, (count / highest) * HEIGHT);
    const left = featureValue(from + i * binWidth, dtype);
    const right = featureValue(from + (i + 1) * binWidth, dtype);
    const tip = `<title>${escaped(`${left} to ${right}: ${count} of ${sampled}`)}</title>`;
    const place = `x="${round(i * barWidth)}" y="${round(HEIGHT - height)}"`;
    return `<rect ${place} width="${round(Math.max(0.5, barWidth - GAP))}" height="${round(height)}">${tip}</rect>`;
  });
  return `${svg(`histogram of ${name}`, bars.join(''))}${scale(featureValue(from, dtype), featureValue(to, dtype))}`;
}

/** A bar for a share of 0 to 1 with its number. */
export function shareBar(share: number, text: string): string {
  const width = round(Math.max(0, Math.min(1, share)) * WIDTH);
  const bar = `<rect class="rest" width="${WIDTH}" height="8"/><rect width="${width}" height="8"/>`;
  return `${svg(`${figure(share * 100)} percent`, bar, 8)} ${escaped(text)}`;
}

function svg(label: string, content: string, height = HEIGHT): string {
  const size = `width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}"`;
  return `<svg role="img" aria-label="${escaped(label)}" ${size}>${content}</svg>`;
}

function scale(from: string, to: string): string {
  return `<span class="scale"><span>${escaped(from)}</span><span>${escaped(to)}</span></span>`;
}

function round(pixels: number): string {
  return String(Math.round(pixels * 100) / 100);
}
