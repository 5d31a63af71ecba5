import { html } from './html.ts'

/** The stylesheet of the sandbox's pages. The sandbox is another platform, so it shares nothing with Coffer's own. */
export const stylesheet = html`
:root {
  color-scheme: light dark;
  --bg: #eef2f7;
  --card: #fff;
  --text: #16202e;
  --muted: #51607a;
  --line: #cfd8e6;
  --accent: #1d4ed8;
  --on-accent: #fff;
  --bad: #b42318;
}

@media (prefers-color-scheme: dark) {
  :root {
    --bg: #0e1420;
    --card: #172030;
    --text: #e8eef8;
    --muted: #a5b3c9;
    --line: #33415a;
    --accent: #7aa7ff;
    --on-accent: #0b1220;
    --bad: #ff9c92;
  }
}

* {
  box-sizing: border-box;
}

body {
  margin: 0;
  min-height: 100vh;
  display: grid;
  place-items: center;
  padding: 1rem;
  background: var(--bg);
  color: var(--text);
  font: 1rem/1.5 system-ui, sans-serif;
}

main {
  width: 100%;
  max-width: 26rem;
  background: var(--card);
  border: 1px solid var(--line);
  border-radius: .75rem;
  padding: 1.75rem;
}

h1 {
  font-size: 1.3rem;
  line-height: 1.3;
  margin: .25rem 0 .75rem;
}

p {
  margin: 0 0 1rem;
  color: var(--muted);
}

.mark {
  font-weight: 600;
  color: var(--muted);
  font-size: .875rem;
  margin: 0;
}

label {
  display: block;
  font-weight: 600;
  margin: .75rem 0 .25rem;
}

input {
  width: 100%;
  padding: .6rem .7rem;
  font: inherit;
  color: inherit;
  background: transparent;
  border: 1px solid var(--line);
  border-radius: .5rem;
}

ul {
  margin: 0 0 1.25rem;
  padding: 0;
  list-style: none;
  border: 1px solid var(--line);
  border-radius: .5rem;
}

li {
  padding: .6rem .8rem;
}

li + li {
  border-top: 1px solid var(--line);
}

.row {
  display: flex;
  gap: .75rem;
  margin-top: 1.25rem;
}

.row form,
.row button {
  flex: 1;
}

form button {
  width: 100%;
}

button {
  padding: .65rem 1rem;
  font: inherit;
  font-weight: 600;
  border-radius: .5rem;
  border: 1px solid var(--line);
  background: transparent;
  color: inherit;
  cursor: pointer;
}

button.primary {
  background: var(--accent);
  border-color: var(--accent);
  color: var(--on-accent);
}

:focus-visible {
  outline: 3px solid var(--accent);
  outline-offset: 2px;
}

.error {
  color: var(--bad);
  font-weight: 600;
}

.good {
  color: var(--text);
  font-weight: 600;
}

a {
  color: var(--accent);
}

h2 {
  font-size: 1.05rem;
  margin: 1.75rem 0 .5rem;
}

label.check {
  display: flex;
  gap: .6rem;
  align-items: center;
  font-weight: 500;
}

label.check input {
  width: 1.1rem;
  height: 1.1rem;
  margin: 0;
}

code {
  font-family: ui-monospace, monospace;
  font-size: .9em;
}
`
