#include "plugins/half_open.h"

void half_open_tell(const struct half_open *h, struct ui *ui, const char *name)
{
	AUTO(free) char *http = strlist_join(&h->http, ", ");
	AUTO(free) char *https = strlist_join(&h->https, ", ");

	if (h->http.count == 0 || h->https.count == 0)
		return;
	ui_emit(ui, EVENT_WARNING_TEXT, NO_FIELDS,
		"http://%s is redirected to https at %s, but has https at %s alone: who comes to another address is led to where it is not "
		"shown. Have the server listen for TLS there too, or for plain HTTP at no other address",
		name, http, https);
}

void half_open_release(struct half_open *h)
{
	strlist_release(&h->http);
	strlist_release(&h->https);
}
