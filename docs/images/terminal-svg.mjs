// Renders the output of `./fraudflow demo --plain` as a picture of a terminal:
//   ./fraudflow demo --plain > demo.log && node docs/images/terminal-svg.mjs demo.log > docs/images/demo.svg
import { readFileSync } from 'node:fs';

const COLUMNS = 118;
const LINE_PX = 18;
const CHARACTER_PX = 8.4;
const MARGIN_PX = 16;
/** Status lines per phase; the demo prints many more. */
const STATUS_LINES = 2;

const [file] = process.argv.slice(2);
if (file === undefined) {
  process.stderr.write('usage: node docs/images/terminal-svg.mjs DEMO.log > demo.svg\n');
  process.exit(2);
}
process.stdout.write(render(select(readFileSync(file, 'utf8').split('\n'))));

/** From the first phase to the summary, without most status lines. */
function select(lines) {
  const from = lines.findIndex((line) => line.startsWith('begin '));
  const to = lines.findIndex((line) => line.startsWith('the summary is in'));
  let status = 0;
  return lines.slice(from, to < 0 ? undefined : to).filter((line) => {
    if (line.startsWith('begin ')) status = 0;
    return line.trim() !== '' && (!line.includes(' | in ') || ++status <= STATUS_LINES);
  });
}

function render(lines) {
  const shown = ['$ ./fraudflow demo --plain', ...lines];
  const width = Math.ceil(COLUMNS * CHARACTER_PX + 2 * MARGIN_PX);
  const height = shown.length * LINE_PX + 2 * MARGIN_PX;
  const texts = shown.map((line, i) => {
    const y = MARGIN_PX + (i + 1) * LINE_PX - 4;
    return `<text x="${MARGIN_PX}" y="${y}" fill="${colorOf(line)}" xml:space="preserve">${escape(cut(line))}</text>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<rect width="${width}" height="${height}" rx="8" fill="#0d1117"/>`,
    `<g font-family="ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14">`,
    ...texts,
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

function colorOf(line) {
  if (line.startsWith('$')) return '#f0f6fc';
  if (line.startsWith('begin ')) return '#58a6ff';
  if (line.startsWith('done ')) return '#3fb950';
  return line.startsWith(' ') ? '#8b949e' : '#e6edf3';
}

function cut(line) {
  return line.length <= COLUMNS ? line : `${line.slice(0, COLUMNS - 1)}…`;
}

function escape(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
