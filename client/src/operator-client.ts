import type { BanJson, ReportedMeowJson } from '@meower/shared/meow/moderation.ts';
import axios from 'axios';
import { toApiError } from './problem.ts';

/** What operators decide, on the port for operators of a Meower. Methods reject with `ApiError`. */
export interface OperatorClient {
  /** Deletes a meow everywhere, also one that is unknown. */
  deleteMeow(id: string): Promise<void>;
  /** The meows with the most reports. */
  listReported(): Promise<ReportedMeowJson[]>;
  /** Dismisses the reports of a meow. `missing`: there are none. */
  dismissReports(id: string): Promise<void>;
  listBans(): Promise<BanJson[]>;
  /** Bans the address that posted a meow. `missing`: it is no longer known. Default: 7 days. */
  ban(id: string, days?: number): Promise<BanJson>;
  /** Ends the ban of the address that posted a meow. `missing`: there is none. */
  unban(id: string): Promise<void>;
}

const TIMEOUT_MS = 15_000;

/** `baseURL`: such as `http://localhost:8081`; `token`: the `ADMIN_TOKEN` of the service. */
export function createOperatorClient(baseURL: string, token: string): OperatorClient {
  const headers = { Authorization: `Bearer ${token}` };
  const http = axios.create({ baseURL, headers, timeout: TIMEOUT_MS });
  http.interceptors.response.use(undefined, (error: unknown) => Promise.reject(toApiError(error)));
  const pathOf = (what: string, id: string) => `/${what}/${encodeURIComponent(id)}`;
  return {
    async deleteMeow(id) {
      await http.delete(pathOf('meows', id));
    },
    async listReported() {
      return (await http.get<ReportedMeowJson[]>('/reports')).data;
    },
    async dismissReports(id) {
      await http.delete(pathOf('reports', id));
    },
    async listBans() {
      return (await http.get<BanJson[]>('/bans')).data;
    },
    async ban(id, days) {
      return (await http.put<BanJson>(pathOf('bans', id), undefined, { params: { days } })).data;
    },
    async unban(id) {
      await http.delete(pathOf('bans', id));
    },
  };
}
