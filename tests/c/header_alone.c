#include "participants.h"

int the_header_was_enough(void);
int the_header_was_enough(void) { return RTK_VERSION_MAJOR; }
