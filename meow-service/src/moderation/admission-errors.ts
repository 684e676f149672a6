export const FOREIGN_PAGE = 'Pages of other sites may not post here';

/** The sentences of `Moderation.admit`, for the documents of the interface. */
export const ADMISSION_ERRORS = [FOREIGN_PAGE, 'This address may not post until …'];
