"""The style sheet of the HTML report: light, dark and on paper; no fonts or pictures from elsewhere."""

STYLE = """
:root { color-scheme: light dark; --page: #f6f7f9; --card: #fff; --ink: #1a2230; --soft: #4d5868; --line: #d5dae2; --link: #0b57b0;
  --code: #eef1f5; --good: #14703d; --warn: #8a5300; --bad: #b3261e; --open: #6d3bb0; --mark: #0b57b0; }
@media (prefers-color-scheme: dark) { :root { --page: #11151b; --card: #1a2029; --ink: #e5e9f0; --soft: #a7b1c0; --line: #343d4b;
  --link: #84b8ff; --code: #232b37; --good: #63cf92; --warn: #eab050; --bad: #ff8f86; --open: #c6a3ff; --mark: #84b8ff; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; }
main { max-width: 72rem; margin: 0 auto; padding: 1rem; }
h1, h2, h3, p, dd, td, th, li, summary { overflow-wrap: anywhere; }
h1 { font-size: 1.35rem; line-height: 1.3; margin: .5rem 0; }
h2 { font-size: 1.3rem; line-height: 1.3; margin: 2.5rem 0 .25rem; }
h3 { font-size: 1.05rem; margin: 0 0 .5rem; }
a { color: var(--link); }
a:focus-visible, summary:focus-visible, pre:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
section, .card { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: 1rem; margin: 1rem 0; }
.soft { color: var(--soft); }
.mono, pre, .hex { font-family: ui-monospace, "Cascadia Mono", Consolas, "DejaVu Sans Mono", monospace; font-size: .875em; }
.verdict { border-left: .5rem solid var(--tone); }
.verdict h3 { color: var(--tone); font-size: 1.25rem; }
.verdict p { font-size: 1.05rem; margin: .5rem 0 1rem; }
.good { --tone: var(--good); } .warn { --tone: var(--warn); } .bad { --tone: var(--bad); } .open { --tone: var(--open); }
dl { display: grid; grid-template-columns: minmax(7rem, max-content) 1fr; gap: .25rem 1rem; margin: .5rem 0; }
dt { color: var(--soft); overflow-wrap: anywhere; max-width: 14rem; }
dd { margin: 0; min-width: 0; }
ul, ol { margin: .25rem 0; padding-left: 1.5rem; }
li { margin: .25rem 0; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .3rem .75rem .3rem 0; border-bottom: 1px solid var(--line); }
th { color: var(--soft); font-weight: 600; }
.wide { overflow-x: auto; }
.wide th, .wide td { overflow-wrap: break-word; }
.wide td { min-width: 5rem; max-width: 40rem; overflow-wrap: anywhere; }
details { border-top: 1px solid var(--line); padding: .35rem 0; }
details details { margin-left: 1rem; }
dd details { border: 0; padding: 0; }
dl + .soft { margin: .5rem 0 0; font-weight: 600; }
summary { cursor: pointer; }
body:has(#all:checked) details::details-content { content-visibility: visible; height: auto; }
.tag { display: inline-block; border: 1px solid currentColor; border-radius: 1rem; padding: 0 .5rem; font-size: .8rem;
  margin-right: .4rem; }
pre { background: var(--code); border-radius: .35rem; padding: .5rem; margin: .25rem 0; overflow-x: auto; line-height: 1.4; }
svg { display: block; width: 100%; height: auto; margin: .5rem 0; }
svg text { fill: var(--ink); font: 12px system-ui, -apple-system, "Segoe UI", sans-serif; }
svg .tick { fill: var(--soft); }
svg line { stroke: var(--line); stroke-width: 1; }
svg .axis { stroke: var(--soft); stroke-width: 2; }
svg .dot { fill: var(--mark); stroke: var(--card); stroke-width: 2; }
svg .local { fill: var(--card); stroke: var(--mark); stroke-width: 2; }
svg .count { fill: var(--card); font-weight: 700; }
svg .local + .count { fill: var(--ink); }
.narrow { display: none; }
.story { list-style: none; padding: 0; }
.story li { display: grid; grid-template-columns: 2.5rem 15rem 1fr; gap: 0 .75rem; padding: .25rem 0; border-bottom: 1px solid var(--line);
  margin: 0; }
.story li:target, details:target { background: var(--code); }
.story > li > span { min-width: 0; overflow-wrap: anywhere; }
@media (max-width: 43rem) {
  main { padding: .5rem; } section, .card { padding: .75rem; }
  .broad { display: none; } .narrow { display: block; }
  dl { grid-template-columns: 1fr; gap: 0; } dt { margin-top: .4rem; max-width: none; }
  .story li { grid-template-columns: 2rem 1fr; } .story li > :last-child { grid-column: 2; }
  details details { margin-left: .4rem; }
}
@media print {
  :root { color-scheme: light; --page: #fff; --card: #fff; --ink: #000; --soft: #333; --line: #999; --link: #000; --code: #fff;
    --good: #000; --warn: #000; --bad: #000; --open: #000; --mark: #000; }
  body { font-size: 10pt; } main { max-width: none; padding: 0; }
  section, .card { border: 0; border-top: 1px solid #999; border-radius: 0; padding: .4rem 0; margin: .4rem 0; }
  .verdict { border: 2px solid #000; padding: .5rem; break-inside: avoid; }
  .all { display: none; }
  pre { white-space: pre-wrap; border: 1px solid #999; }
  h2, h3 { break-after: avoid; } li, tr, dl { break-inside: avoid; } a { text-decoration: none; }
}
"""
