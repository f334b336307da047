// @ts-check
import { nothing } from 'lit';
import { toast } from 'zg/dom.js';
import { ZgUpload } from 'zg/el/zg-upload.js';
import { confirmDialog } from 'zg/el/zg-dialog.js';
import { t } from 'zg/model/i18n.js';
import { send } from 'zg/net.js';

/** @typedef {import('zg/model/files.js').StoredFile} StoredFile */

/** `<zg-attachments src removable>`: the files that hang on a record. Unlike those of a field they are there at once: `POST src` hangs one on the record,
 * `DELETE src/<id>` takes it off. */
export class ZgAttachments extends ZgUpload {
  get removable() {
    return this.hasAttribute('removable');
  }

  /** @param {StoredFile[]} files */
  _change(files) {
    super._change(files.map((one) => (one.url ? one : { ...one, url: `${this.src}/${one.id}`, picture: /^image\//.test(one.mime ?? '') })));
  }

  /** @param {StoredFile} file */
  async _remove(file) {
    if (!(await confirmDialog(t('el.upload.remove', { name: file.name }), { yes: t('ui.delete'), danger: true }))) return;
    const { ok, problem } = await send(`${this.src}/${file.id}`, { method: 'DELETE' });
    if (ok) await super._remove(file);
    else toast(problem?.title ?? '', { kind: 'bad' });
  }

  /** @param {StoredFile} file */
  _button(file) {
    return this.removable ? super._button(file) : nothing;
  }
}

customElements.define('zg-attachments', ZgAttachments);
