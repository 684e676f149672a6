/** What may be wrong with a meow. */
export const REPORT_REASONS = ['spam', 'abuse', 'illegal', 'other'] as const;

export type ReportReason = (typeof REPORT_REASONS)[number];
