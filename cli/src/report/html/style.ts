/** Style of a report: the browser's fonts and colour scheme, tables that scroll horizontally. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1d2433; --soft: #667085; --line: #d7dbe3; --bar: #3563c9; --rest: #e8ebf2; --gap: #b42318; --paper: #ffffff; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e9f0; --soft: #98a2b3; --line: #333c4e; --bar: #7ba1f5; --rest: #262e3d; --gap: #f97066; --paper: #12161f; }
}
body { font: 14px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); margin: 0 auto; padding: 1.5rem; max-width: 90rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; } small, footer { color: var(--soft); font-weight: normal; }
nav a { color: var(--bar); margin-right: 1rem; }
ul { padding-left: 1.2rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; margin: .5rem 0 1rem; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: .25rem .7rem; border-bottom: 1px solid var(--line); white-space: nowrap; vertical-align: middle; }
th { color: var(--soft); font-weight: 600; }
th:first-child, td:first-child { text-align: left; }
svg { display: inline-block; vertical-align: middle; fill: var(--bar); }
svg .rest { fill: var(--rest); }
.scale { display: flex; justify-content: space-between; width: 192px; margin-left: auto; color: var(--soft); font-size: 11px; line-height: 1.2; }
.gap { color: var(--gap); }
footer { margin-top: 2rem; border-top: 1px solid var(--line); padding-top: .5rem; }
`;
