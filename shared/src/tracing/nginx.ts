/** The name of the spans of nginx, which the services record for it, and of their service in a trace store. */
export const NGINX = 'nginx';
