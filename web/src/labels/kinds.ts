/** What has a label, and where it is printed. */
import type { Schemas } from '@/api/client';

const PATHS = { lot: 'lots', serial: 'serials', license_plate: 'license-plates', location: 'locations', manufacturing_order: 'manufacturing-orders', label_template: 'label-templates' } as const;

export type LabelledKind = keyof typeof PATHS;

export const hasLabel = (kind: string): kind is LabelledKind => kind in PATHS;

/** A template shows itself with examples; everything else is printed by one. */
export const labelAddress = (kind: LabelledKind, id: string): string => `/api/v1/${PATHS[kind]}/${id}/${kind === 'label_template' ? 'preview' : 'label'}`;

/** The subject of the templates that are meant for it. */
export const subjectOf = (kind: LabelledKind): Schemas['LabelTemplate']['subject'] => (kind === 'manufacturing_order' || kind === 'label_template' ? 'traveller' : kind);
