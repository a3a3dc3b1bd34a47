/* Standard output. Whatever goes there goes through here, so that what is lost is noticed. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/ui/ui.h"

/* A pipe or a terminal that another program has made non-blocking. */
static void wait_for_room(void)
{
	struct pollfd out = { .fd = STDOUT_FILENO, .events = POLLOUT };

	(void)poll(&out, 1, -1);
}

/* -> errno, 0 when all is written */
static int write_all(const char *text, size_t len)
{
	while (len > 0) {
		ssize_t n = write(STDOUT_FILENO, text, len);

		if (n < 0 && errno == EAGAIN)
			wait_for_room();
		else if (n < 0 && errno != EINTR)
			return errno;
		if (n > 0) {
			text += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

void ui_print(struct ui *ui, const char *text)
{
	if (ui->root != NULL) {
		said_add(&ui->said, false, text);
		return;
	}
	terminal_clear_progress(ui);
	int failed = write_all(text, strlen(text));

	if (ui->output_errno == 0)
		ui->output_errno = failed;
}

void ui_print_error(struct ui *ui, const char *text)
{
	if (ui->root != NULL) {
		said_add(&ui->said, true, text);
		return;
	}
	terminal_clear_progress(ui);
	(void)fputs(text, stderr);
	(void)fflush(stderr);
}

/* A reader that has gone (`| head`) wanted no more: nothing is lost to it. */
struct err *ui_lost_output(const struct ui *ui)
{
	if (ui->output_errno == 0 || ui->output_errno == EPIPE)
		return NULL;
	return err_errno(ui->output_errno, "writing standard output");
}
