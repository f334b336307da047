export * from '@codemirror/autocomplete';
export * from '@codemirror/commands';
export * from '@codemirror/lang-json';
export * from '@codemirror/language';
export * from '@codemirror/lint';
export * from '@codemirror/state';
export * from '@codemirror/view';
export { styleTags, tags } from '@lezer/highlight';
