// A board as its file says: a title row with what was chosen, and its panels in Grafana's grid.
import { createTheme, dateTime, ThemeContext, type TimeRange } from '@grafana/data';
import { GlobalStyles, PanelChrome } from '@grafana/ui';
import { createRoot } from 'react-dom/client';

import { answered, type Answer, type Panel } from './fields';
import { Drawn } from './panels';

type Given = {
  board: { title: string; timezone: string; panels: Panel[] };
  chosen: Array<{ label: string; text: string }>;
  from: number;
  to: number;
  width: number;
  answers: Record<number, Answer[]>;
};

const CELL = 30; // of Grafana's grid of 24 columns, with 8 between cells
const GAP = 8;
const COLUMNS = 24;
const EDGE = 16;

function Board({ given }: { given: Given }) {
  const theme = createTheme({ colors: { mode: 'light' } });
  const { board, from, to } = given;
  const range: TimeRange = { from: dateTime(from), to: dateTime(to), raw: { from: dateTime(from), to: dateTime(to) } };
  const cell = (given.width - 2 * EDGE - GAP * (COLUMNS - 1)) / COLUMNS;
  const wide = (cells: number, one: number) => cells * one + (cells - 1) * GAP;
  const rows = Math.max(...board.panels.map((panel) => panel.gridPos.y + panel.gridPos.h));
  return (
    <ThemeContext.Provider value={theme}>
      <GlobalStyles />
      <header style={{ padding: EDGE, paddingBottom: 8 }}>
        <h1 style={{ fontSize: 20, margin: '0 0 12px' }}>{board.title}</h1>
        {given.chosen.map(({ label, text }) => (
          <span key={label} style={{ marginRight: 16, border: `1px solid ${theme.colors.border.medium}` }}>
            <b style={{ background: theme.colors.background.secondary, padding: '4px 8px' }}>{label}</b>
            <span style={{ padding: '4px 8px' }}>{text}</span>
          </span>
        ))}
      </header>
      <main style={{ position: 'relative', height: wide(rows, CELL) + EDGE }}>
        {board.panels.map((panel) => {
          const { x, y, w, h } = panel.gridPos;
          const at = { position: 'absolute' as const, left: EDGE + x * (cell + GAP), top: y * (CELL + GAP) };
          const answer = answered(panel, given.answers[panel.id], theme, board.timezone);
          return (
            <div key={panel.id} style={at}>
              <PanelChrome title={panel.title} description={panel.description} width={wide(w, cell)} height={wide(h, CELL)}>
                {(width, height) => (
                  <Drawn {...{ panel, answer, width, height, theme, range, timeZone: board.timezone }} />
                )}
              </PanelChrome>
            </div>
          );
        })}
      </main>
    </ThemeContext.Provider>
  );
}

Object.assign(window, {
  draw(given: Given) {
    document.body.style.width = `${given.width}px`;
    createRoot(document.getElementById('board')!).render(<Board given={given} />);
  },
});
