export { default } from 'sortablejs';
