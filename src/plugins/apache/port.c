#include "plugins/apache/port.h"

#include "net/process.h"

struct err *apache_port_check(unsigned port, const char *option)
{
	AUTO(address_list_release) struct address_list taken = { 0 };

	process_listeners(&taken, port);
	if (taken.count == 0)
		return NULL;
	AUTO(free) char *holder = port_holder(port);

	return err_new(
		ERR_BUSY,
		"Apache does not listen on port %u, and would end if it were told to: %s has it. Stop that program, or, where it passes "
		"connections on to Apache, name the port it passes them to by %s",
		port, holder != NULL ? holder : "another process", option);
}
