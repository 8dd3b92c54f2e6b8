/** The styles of the sheets, which look like WeChat's own, in light and dark. */
export const styles = `
:host {
  all: initial;
  --paper: #f7f7f7; --field: #fff; --ink: #191919; --soft: #767676; --line: #0000001a; --press: #0000000d;
  --green: #07c160; --green-deep: #06803b; --green-ink: #06893f; --red: #d93a3a;
  font: 16px/1.4 system-ui, -apple-system, "PingFang SC", "Noto Sans CJK SC", "Microsoft YaHei", sans-serif;
  color: var(--ink); text-align: start;
}
@media (prefers-color-scheme: dark) {
  :host { --paper: #1e1e1e; --field: #2c2c2c; --ink: #ededed; --soft: #9c9c9c; --line: #ffffff1f; --press: #ffffff14;
    --green-ink: #2bd47d; --red: #ff6b6b; }
}
* { box-sizing: border-box; margin: 0; }
button, input { font: inherit; color: inherit; }
button { cursor: pointer; border: 0; background: none; -webkit-tap-highlight-color: transparent; }
:focus-visible { outline: 2px solid var(--green); outline-offset: 2px; }
svg { width: 24px; height: 24px; fill: none; stroke: currentColor; stroke-width: 1.6; stroke-linecap: round;
  stroke-linejoin: round; flex: none; }
h2 { font-size: 17px; font-weight: 600; }
h3 { font-size: 14px; font-weight: 600; }
.note, small { color: var(--soft); font-size: 13px; overflow-wrap: anywhere; }

.badge { position: fixed; z-index: 2147483646; right: 10px; bottom: 22%; display: flex; align-items: center; gap: 6px;
  max-width: 60vw; padding: 6px 11px; border-radius: 99px; background: #1c1c1ccc; color: #fff; font-size: 12px;
  line-height: 1.2; white-space: nowrap; box-shadow: 0 2px 10px #0003; backdrop-filter: blur(8px); }
.badge:hover { background: #1c1c1cf2; }
.dot { width: 8px; height: 8px; border-radius: 50%; background: #a0a0a0; flex: none; }
[data-verdict=passed] .dot { background: var(--green); }
[data-verdict=refused] .dot { background: #ff5a5a; }

dialog { border: 0; padding: 0; color: inherit; }
dialog:focus-visible { outline: none; }
dialog::backdrop { background: #0009; }
dialog.sheet { position: fixed; inset: auto 0 0; width: 100%; max-width: 520px; max-height: 88vh; margin: 0 auto;
  overflow: auto; border-radius: 14px 14px 0 0; background: var(--paper); overscroll-behavior: contain; }
dialog.full { width: 100vw; height: 100vh; max-width: none; max-height: none; background: var(--paper); }
@media (prefers-reduced-motion: no-preference) {
  dialog.sheet[open] { animation: rise .22s cubic-bezier(.2, .8, .3, 1); }
  @keyframes rise { from { transform: translateY(40px); opacity: 0; } }
}
.sheet > .body { display: grid; gap: 14px; padding: 18px 16px calc(16px + env(safe-area-inset-bottom)); }
.full > .body { position: relative; display: grid; height: 100%; }
header { text-align: center; }
header .note { margin-top: 2px; }
footer { display: flex; gap: 10px; }
footer > button { flex: 1; }
footer > button, .primary { min-height: 46px; padding: 0 18px; border-radius: 8px; background: var(--field);
  font-weight: 500; }
footer > button:hover { filter: brightness(.97); }
.primary, footer > .primary { background: var(--green-deep); color: #fff; font-weight: 600; }
.primary:disabled { opacity: .4; cursor: default; }
.wide { width: 100%; }
footer > .danger { color: var(--red); }
.small { justify-self: start; padding: 5px 14px; border-radius: 6px; background: var(--press); font-size: 13px; }
form { display: grid; gap: 14px; }
details { display: grid; gap: 8px; }
details[open] > * + * { margin-top: 8px; }
summary { cursor: pointer; }
textarea { width: 100%; padding: 9px 12px; border: 1px solid var(--line); border-radius: 8px; background: var(--field);
  color: inherit; font: 13px/1.4 ui-monospace, "SF Mono", Menlo, Consolas, monospace; resize: vertical; }
.check { display: grid; gap: 8px; }
.good { color: var(--green-ink); }
.bad { color: var(--red); }
input[type=text], input[type=number] { width: 100%; min-width: 0; min-height: 46px; padding: 0 14px;
  border: 1px solid var(--line); border-radius: 8px; background: var(--field); }
.fields { display: grid; grid-template-columns: 1fr 1fr; gap: 10px; }
.fields label { display: grid; gap: 5px; color: var(--soft); font-size: 13px; }
.fields input { color: var(--ink); font-size: 16px; }

.photos { display: grid; grid-template-columns: repeat(3, 1fr); gap: 8px; }
.photos > * { position: relative; aspect-ratio: 1; overflow: hidden; padding: 0; border-radius: 8px; cursor: pointer; }
.sources { display: grid; grid-template-columns: 1fr 1fr; gap: 8px; }
.sources > * { position: relative; padding: 12px; border-radius: 8px; cursor: pointer; }
.source { display: grid; place-content: center; justify-items: center; gap: 6px; background: var(--field);
  color: var(--soft); font-size: 13px; text-align: center; }
.source svg { width: 30px; height: 30px; }
.source:focus-within { outline: 2px solid var(--green); outline-offset: 2px; }
.source input { position: absolute; inset: 0; opacity: 0; cursor: pointer; font-size: 0; }
.photo canvas { display: block; width: 100%; height: 100%; object-fit: cover; }
.photo::after { content: attr(data-place); position: absolute; top: 6px; right: 6px; width: 24px; height: 24px;
  border: 1.5px solid #fff; border-radius: 50%; background: #0004; color: #fff; font-size: 13px; line-height: 21px;
  text-align: center; }
.photo[aria-pressed=true]::after { border-color: var(--green); background: var(--green); }
.photo[aria-pressed=true] canvas { filter: brightness(.72); }

.list { padding: 0; overflow: hidden; border-radius: 10px; background: var(--field); list-style: none; }
.list li + li { border-top: 1px solid var(--line); }
.list button { display: flex; align-items: center; gap: 12px; width: 100%; padding: 11px 14px; text-align: start; }
.list button:hover { background: var(--press); }
.list button:focus-visible { outline-offset: -2px; }
.list svg { color: var(--green); }
.list small { display: block; }
.map { display: grid; height: 190px; place-content: center; border-radius: 10px; color: var(--red);
  background: repeating-linear-gradient(0deg, var(--line) 0 1px, #0000 1px 32px),
    repeating-linear-gradient(90deg, var(--line) 0 1px, #0000 1px 32px), var(--field); }
.map svg { width: 42px; height: 42px; fill: color-mix(in srgb, currentColor 25%, transparent); }

.frame { position: relative; height: 190px; overflow: hidden; border-radius: 10px;
  background: linear-gradient(#2c3532, #121614); }
.frame::before { content: ""; position: absolute; inset: 26px calc(50% - 69px); border-radius: 6px;
  border: 2px solid #ffffff38; }
.frame i { position: absolute; left: calc(50% - 63px); width: 126px; top: 50%; height: 2px; background: var(--green);
  box-shadow: 0 0 14px 3px #07c16088; }
@media (prefers-reduced-motion: no-preference) {
  .frame i { animation: scan 2.2s ease-in-out infinite alternate; }
  @keyframes scan { from { top: 32px; } to { top: 156px; } }
}
dl { display: flex; justify-content: space-between; gap: 20px; padding: 13px 14px; border-radius: 10px;
  background: var(--field); }
dt { color: var(--soft); flex: none; }
dd { overflow-wrap: anywhere; }

.grid { display: grid; grid-template-columns: repeat(4, 1fr); gap: 12px 4px; }
.entry { display: grid; justify-items: center; align-content: start; gap: 7px; padding: 0; color: var(--soft);
  font-size: 12px; border-radius: 10px; }
.entry b { display: grid; width: 54px; height: 54px; place-content: center; border-radius: 13px;
  background: var(--field); color: var(--ink); }
.entry:hover b { filter: brightness(.96); }
.verdict { display: grid; gap: 6px; padding: 13px 14px; border-radius: 10px; background: var(--field);
  border-inline-start: 4px solid #a0a0a0; }
.verdict[data-verdict=passed] { border-color: var(--green); }
.verdict[data-verdict=passed] h3 { color: var(--green-ink); }
.verdict[data-verdict=refused] { border-color: var(--red); }
.verdict[data-verdict=refused] h3 { color: var(--red); }
.verdict p { font-size: 14px; }
code { display: block; padding: 9px 11px; border-radius: 6px; background: var(--press); user-select: all;
  font: 12px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; overflow-wrap: anywhere; }
.setting { display: grid; gap: 7px; }
.setting h3 { color: var(--soft); font-size: 13px; font-weight: 400; }
.choice { display: flex; gap: 2px; padding: 2px; border-radius: 9px; background: var(--press); }
.choice button { flex: 1 1 auto; min-width: 0; padding: 7px 4px; border-radius: 7px; font-size: 13px; white-space: nowrap; }
.choice [aria-checked=true] { background: var(--field); color: var(--green-ink); font-weight: 600;
  box-shadow: 0 1px 3px #0002; }
.card { display: flex; justify-content: space-between; gap: 14px; padding: 14px; border-radius: 10px;
  background: var(--field); }
.card > div { display: grid; gap: 4px; min-width: 0; align-content: start; }
.card p { color: var(--soft); font-size: 14px; }
.thumb { width: 64px; height: 64px; border-radius: 6px; object-fit: cover; flex: none; }

.toast { position: fixed; z-index: 2147483647; left: 50%; top: 44%; display: flex; align-items: center; gap: 10px;
  max-width: 80vw; padding: 13px 20px; border-radius: 10px; background: #262626f0; color: #fff; font-size: 15px;
  overflow-wrap: anywhere; transform: translate(-50%, -50%); pointer-events: none; }
.progress { flex-direction: column; min-width: 136px; padding: 24px 20px 18px; gap: 14px; }
.spinner { width: 34px; height: 34px; border: 3px solid #ffffff40; border-top-color: #fff; border-radius: 50%; }
.recording { position: fixed; z-index: 2147483646; left: 50%; top: 14px; display: flex; align-items: center; gap: 10px;
  max-width: 94vw; padding: 9px 16px; border-radius: 99px; background: #1c1c1c; color: #fff; font-size: 14px;
  white-space: nowrap; transform: translateX(-50%); pointer-events: none; box-shadow: 0 3px 16px #0004; }
.recording .dot { background: #ff5a5a; }
.recording > span:not(.wave) { min-width: 0; overflow: hidden; text-overflow: ellipsis; }
.recording .time { font-variant-numeric: tabular-nums; }
.wave { display: flex; align-items: center; gap: 2px; height: 18px; }
.wave i { width: 3px; height: 100%; border-radius: 2px; background: var(--green); transform: scaleY(.4); }
@media (prefers-reduced-motion: no-preference) {
  .spinner { animation: turn 1s linear infinite; }
  @keyframes turn { to { transform: rotate(360deg); } }
  .wave i { animation: wave .9s ease-in-out infinite alternate; }
  .wave i:nth-child(2) { animation-delay: -.7s; } .wave i:nth-child(3) { animation-delay: -.3s; }
  .wave i:nth-child(4) { animation-delay: -.5s; } .wave i:nth-child(5) { animation-delay: -.1s; }
  @keyframes wave { to { transform: scaleY(1); } }
}

.dark { background: #000; color: #fff; }
.finder { width: 100%; height: 100%; object-fit: contain; min-height: 0; }
.camera-bar { position: absolute; inset: auto 0 0; display: grid; grid-template-columns: 1fr auto 1fr; align-items: center;
  padding: 26px 20px; background: linear-gradient(#0000, #000c); }
.camera-bar > button { background: none; }
.camera-bar > .shutter { width: 70px; height: 70px; border: 5px solid #ffffff66; border-radius: 50%; padding: 0;
  background: #fff; background-clip: padding-box; }
.viewer { place-content: center; grid-template: minmax(0, 1fr) / minmax(0, 1fr); }
.viewer > img { width: 100%; height: 100%; object-fit: contain; }
.viewer > .count { position: absolute; top: 18px; left: 0; right: 0; text-align: center; font-size: 14px;
  pointer-events: none; text-shadow: 0 0 4px #000; }
.viewer > button { position: absolute; display: grid; width: 44px; height: 44px; place-content: center; border-radius: 50%;
  background: #0008; color: #fff; font-size: 28px; line-height: 1; }
.viewer > .close { top: 8px; right: 10px; z-index: 1; }
.viewer > .previous { left: 10px; top: calc(50% - 22px); }
.viewer > .next { right: 10px; top: calc(50% - 22px); }
.closed { place-content: center; gap: 22px; justify-items: center; }
`
