/** A page of any service's list. */
export interface Rows<Row> {
  rows: Row[];
  total: number;
}

export interface PageState {
  /** From 1. */
  page: number;
  size: number;
}

/** account-pool (document 001): `page`, `pageSize`, answered in `pagination`. */
export const accountPoolPage = ({ page, size }: PageState) => ({ page, pageSize: size });
export const fromAccountPool = <Row>(answer: { list: Row[]; pagination: { total: number } }): Rows<Row> => ({
  rows: answer.list,
  total: answer.pagination.total,
});

/** sms-phone and customer-service answer `items` and `total`. */
export const fromItems = <Row>(answer: { items: Row[]; total: number }): Rows<Row> => ({
  rows: answer.items,
  total: answer.total,
});

/** sms-phone: `page`, `page_size`. */
export const smsPhonePage = ({ page, size }: PageState) => ({ page, page_size: size });

/** customer-service (document 003): `skip`, `limit`. */
export const customerServicePage = ({ page, size }: PageState) => ({ skip: (page - 1) * size, limit: size });

/** app-support (document 004): `page_no`, `page_size`. */
export const appSupportPage = ({ page, size }: PageState) => ({ page_no: page, page_size: size });
export const fromAppSupport = <Row>(answer: { data: Row[]; total: number }): Rows<Row> => ({
  rows: answer.data,
  total: answer.total,
});
