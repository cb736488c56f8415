// Questions to JupyterLab, asked from inside its page. `jupyterapp` is there because the tests
// start the server with --expose-app-in-browser.

function notebook() {
  return window.jupyterapp.shell.currentWidget.content;
}

function kernelIsIdle() {
  const context = window.jupyterapp.shell.currentWidget?.sessionContext;
  return context?.session?.kernel?.status === 'idle';
}

function codeCells() {
  return notebook()
    .widgets.map((cell, index) => ({ cell, index }))
    .filter(({ cell }) => cell.model.type === 'code' && cell.model.sharedModel.source.trim())
    .map(({ cell, index }) => ({
      index,
      count: cell.model.executionCount,
      tags: cell.model.getMetadata('tags') || [],
      outputs: cell.model.outputs.toJSON()
    }));
}

function everyCellHasRun() {
  return kernelIsIdle() && codeCells().every(cell => cell.count !== null);
}

// Selects the first code cell with `text` in its source; returns its position.
function select(text) {
  const cells = notebook().widgets;
  const index = cells.findIndex(
    cell => cell.model.type === 'code' && cell.model.sharedModel.source.includes(text)
  );
  notebook().activeCellIndex = index;
  notebook().scrollToItem(index, 'start');
  return index;
}

// --- slides -------------------------------------------------------------------------------------

const LIMIT = { width: 1280, height: 720 };

function onScreen() {
  const found = [];
  notebook().widgets.forEach((cell, index) => {
    if (cell.hasClass('jp-deck-mod-onscreen')) {
      found.push(index);
    }
  });
  return found;
}

function isOnSlides(name) {
  const panel = window.jupyterapp.shell.currentWidget;
  return panel?.title.label === name && panel.hasClass('jp-Deck') && onScreen().length > 0;
}

function drawn() {
  return new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
}

// Opens another notebook in this page; the slideshow goes over to it.
async function open(path) {
  const panel = await window.jupyterapp.commands.execute('docmanager:open', { path });
  await panel.context.ready;
  await panel.revealed;
}

// What is wrong with the slide on the screen; all its fragments take up room from the beginning.
function problemsOfSlide(indices) {
  const cells = notebook().widgets;
  const problems = [];
  const height = notebook().node.querySelector('.jp-WindowedPanel-outer').scrollHeight;
  if (height > LIMIT.height) {
    problems.push(`${height} px high`);
  }
  for (const index of indices) {
    const node = cells[index].node;
    for (const part of node.querySelectorAll('.cm-scroller, pre, table, img, .jp-OutputArea-output')) {
      const box = part.getBoundingClientRect();
      if (part.scrollWidth > part.clientWidth + 1 && part.clientWidth > 0) {
        problems.push(`cell ${index}: ${part.tagName} ${part.scrollWidth} px wide`);
      } else if (box.right > LIMIT.width) {
        problems.push(`cell ${index}: ${part.tagName} ends at ${Math.round(box.right)} px`);
      }
    }
    for (const picture of node.querySelectorAll('img')) {
      if (!picture.complete || picture.naturalWidth === 0) {
        problems.push(`cell ${index}: a picture is broken`);
      }
    }
    const outputs = [...node.querySelectorAll('.jp-OutputArea-output')];
    const text = outputs.map(output => output.textContent).join('\n');
    const raw = text.match(/Error displaying widget|<Figure|Javascript Error|Loading widget/);
    if (raw) {
      problems.push(`cell ${index}: ${raw[0]}`);
    }
  }
  return problems;
}

// Goes through the whole slideshow from slide to slide. Returns the slides with what is wrong with
// them, and the cells that never were on the screen although they are no `skip`.
async function walkSlides() {
  const book = notebook();
  const cells = book.widgets;
  await Promise.all(cells.map(cell => cell.ready));
  const slides = [];
  const shown = new Set();
  for (let next = 0; next < cells.length; ) {
    book.activeCellIndex = next;
    await drawn();
    const indices = onScreen();
    // The slideshow moves on from a cell that it skips; at the end there is nowhere to go.
    if (!indices.length || shown.has(indices[0])) {
      break;
    }
    slides.push({ cells: indices, problems: problemsOfSlide(indices) });
    indices.forEach(index => shown.add(index));
    next = Math.max(...indices) + 1;
  }
  const skipped = cell => (cell.model.getMetadata('slideshow') || {}).slide_type === 'skip';
  const missing = [];
  cells.forEach((cell, index) => !shown.has(index) && !skipped(cell) && missing.push(index));
  return { slides, missing };
}
