#include "tests/support/folder.h"

std::string support::tests_folder() { return TESTS_FOLDER; }
