// What people are here, in words.  A role that a pack adds and that has no words yet is shown by its own.
import { words } from '../../lib/words.svelte.ts';

export const known = ['police', 'ngo', 'shelter', 'hospital', 'cwc', 'counsellor', 'legal_aid', 'dcpu', 'support_person', 'district_magistrate', 'court', 'prosecutor', 'commission', 'government'];
export function role_name(role: string): string { return words.say(`role-${role.replace(/_/g, '-')}`) || role; }
