/* Words for a shell, as in the commands that people are told to run. */
#pragma once

/* As it is where nothing in it means anything to a shell, else between quotes. */
char *shell_word(const char *s);
