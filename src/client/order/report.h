/* What people are told on the way to a certificate; words that scripts look for are Certbot's. */
#pragma once

#include "client/client.h"
#include "client/lineage/lineage.h"

void report_requesting(struct ui *ui, const struct options *opt, const struct cert_names *names, bool renewing);
void report_order(struct ui *ui, const char *url, bool resumed);
void report_saved(struct ui *ui, const struct lineage *l);
/* --csr: the certificate, the CA's, and both together. */
void report_saved_files(struct ui *ui, const struct cert *leaf, const struct strlist *paths);
/* Who will renew it; what is to be done where nobody will. */
void report_next_step(struct ui *ui, const struct options *opt);
void report_left_out(struct ui *ui, const struct err *failure, const struct cert_names *left);
/* An error in one line, with what the CA says of single names where that is not in its message already. */
char *failure_line(const struct err *e);
