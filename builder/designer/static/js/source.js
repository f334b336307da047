// @ts-check
/** The source page: the text area becomes an editor with colours and JSON errors; the form sends what is in it. */
import { EditorState } from '@codemirror/state';
import { EditorView, keymap, lineNumbers, drawSelection, highlightActiveLine } from '@codemirror/view';
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { json, jsonParseLinter } from '@codemirror/lang-json';
import { linter, lintGutter } from '@codemirror/lint';
import { HighlightStyle, syntaxHighlighting, bracketMatching, foldGutter } from '@codemirror/language';
import { tags } from '@lezer/highlight';
import { nonce } from 'zg/dom.js';

const area = document.querySelector('textarea[data-source]');
if (area instanceof HTMLTextAreaElement) {
  const host = document.createElement('div');
  host.className = 'source-editor';
  area.hidden = true;
  area.after(host);
  const colours = EditorView.theme({
    '&': { color: 'var(--text)', backgroundColor: 'var(--surface)' },
    '.cm-gutters': { backgroundColor: 'var(--head)', color: 'var(--mute)', border: '0' },
    '.cm-activeLine': { backgroundColor: 'var(--hover)' },
    '.cm-content': { fontFamily: 'var(--mono)', caretColor: 'var(--text)' },
  });
  const words = HighlightStyle.define([
    { tag: tags.propertyName, color: 'var(--brand-text)' },
    { tag: tags.string, color: 'var(--green)' },
    { tag: [tags.number, tags.bool, tags.null], color: 'var(--orange)' },
  ]);
  new EditorView({
    parent: host,
    state: EditorState.create({
      doc: area.value,
      extensions: [
        EditorView.cspNonce.of(nonce()), lineNumbers(), foldGutter(), history(), drawSelection(), highlightActiveLine(), bracketMatching(), json(), linter(jsonParseLinter()), lintGutter(),
        syntaxHighlighting(words), keymap.of([...defaultKeymap, ...historyKeymap, indentWithTab]), colours, EditorView.contentAttributes.of({ 'aria-label': area.getAttribute('aria-label') ?? 'JSON' }),
        EditorView.updateListener.of((update) => { if (update.docChanged) area.value = update.state.doc.toString(); }),
      ],
    }),
  });
}
