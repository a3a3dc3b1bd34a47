/* Strict-Transport-Security that a site has already stays as it is: told, where its time is shorter than what --hsts is to give. */
#pragma once

#include "client/plugin.h"

/* header: the text by which the server is told to send it. Without a time in it nothing is known. */
void hsts_kept_tell(struct ui *ui, const char *name, const char *header);
