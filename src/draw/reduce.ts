// Many points, few pixels: of each column the first, the lowest, the highest and the last are drawn, which looks the same as all of them
// (Jugel et al. 2014, "M4: a visualization-oriented time series data aggregation").

export interface Point {
  readonly x: number;
  readonly y: number;
}

type Place = readonly [x: number, y: number];

/** The column that is being gathered: of one pixel's width. */
interface Column {
  readonly at: number;
  readonly first: Place;
  low: Place;
  high: Place;
  last: Place;
}

/** The line in pixels, as runs between the gaps that points without a finite y leave. At most four points a pixel and run; gaps inside a pixel join. */
export function reduced(points: readonly Point[], place: (point: Point) => Place): readonly (readonly Place[])[] {
  const runs: Place[][] = [];
  let run: Place[] = [];
  let column: Column | undefined;
  let gapAt: number | undefined;
  for (const point of points) {
    if (!Number.isFinite(point.x)) continue;
    if (!Number.isFinite(point.y)) {
      gapAt ??= column?.at;
      continue;
    }
    const at = place(point);
    const pixel = Math.floor(at[0]);
    // Gaps narrower than a pixel cannot be seen, and would make as many runs as there are points.
    if (gapAt !== undefined && pixel > gapAt + 1) {
      run.push(...emptied(column));
      column = undefined;
      runs.push(run);
      run = [];
    }
    gapAt = undefined;
    if (column !== undefined && column.at === pixel) widen(column, at);
    else {
      run.push(...emptied(column));
      column = { at: pixel, first: at, low: at, high: at, last: at };
    }
  }
  run.push(...emptied(column));
  if (run.length > 0) runs.push(run);
  return runs;
}

function widen(column: Column, at: Place): void {
  if (at[1] > column.low[1]) column.low = at;
  if (at[1] < column.high[1]) column.high = at;
  column.last = at;
}

/** In the order in which they came, each once. */
function emptied(column: Column | undefined): readonly Place[] {
  if (column === undefined) return [];
  return [...new Set([column.first, column.low, column.high, column.last])].toSorted((a, b) => a[0] - b[0]);
}
