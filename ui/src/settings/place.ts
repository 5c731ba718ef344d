import type { SectionView } from '../lib/bindings';

/** Which section is open; it stays open when the language changes. */
export const place: { section: SectionView['section'] } = { section: 'accounts' };
