// Runs one promise of the C++ interface, named on the command line.
#include "check.hpp"
#include "errors.hpp"
#include "faults.hpp"
#include "list.hpp"
#include "settings.hpp"

namespace {

struct Case {
    std::string_view name;
    void (*run)();
};

constexpr Case cases[] = {
    {"everyone", everyone_is_a_random_access_range},
    {"page", a_page_is_as_the_service_pages},
    {"nobody", an_empty_meeting_is_empty},
    {"one_by_one", the_range_gives_everyone_one_by_one},
    {"temporary", a_temporary_is_walked_and_gives_nothing_that_dangles},
    {"texts", texts_and_dates_are_as_sent},
    {"outlive", results_outlive_their_client},
    {"moved", owners_can_be_moved},
    {"throwing", what_user_code_throws_passes_through},
    {"threads", threads_share_a_client},
    {"refused", refusals_say_what_the_service_said},
    {"statuses", every_status_is_thrown},
    {"unreachable", no_answer_is_an_error_without_http_status},
    {"second_page", a_failed_page_ends_the_range},
    {"cancelled", shutdown_ends_calls_in_flight},
    {"arguments", arguments_that_cannot_be_right_are_refused},
    {"headers", settings_reach_the_service},
    {"old_key", the_older_key_pair_reaches_the_service},
    {"times", times_bound_a_call},
    {"proxy", the_proxy_is_asked},
    {"native_ca", native_ca_trusts_the_authorities_of_the_system},
    {"environment", a_client_by_default_is_of_the_environment},
    {"fault_leak", fault_leak},
    {"fault_dangling", fault_dangling},
    {"fault_undefined", fault_undefined},
};

} // namespace

int main(int count, char **arguments) {
    const std::string_view name = count == 2 ? arguments[1] : "";
    for (const Case &one : cases) {
        if (one.name == name) {
            one.run();
            return 0;
        }
    }
    std::cerr << "no such case: " << name << '\n';
    return 2;
}
