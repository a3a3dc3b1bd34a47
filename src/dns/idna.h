/* Internationalized names (IDNA 2008, UTS #46): which A-label to use, and whether one is sound. */
#pragma once

#include <stdbool.h>

/*
 * "bücher.example" -> "xn--bcher-kva.example"; NULL when there is none, or no libidn2 on this
 * machine. libidn2 and its tables are loaded at the first call: linked, they would slow down every
 * start for the sake of an error message.
 */
char *idna_ascii(const char *utf8);

/*
 * "xn--bcher-kva.example" -> "bücher.example", for people; NULL when no label is an A-label, one is not sound, or no
 * libidn2 is on this machine.
 */
char *idna_unicode(const char *name);

/*
 * Is this label ("xn--bcher-kva") what its own Unicode form is written as? false too when there is no libidn2 on this
 * machine.
 */
bool idna_is_a_label(const char *label);
