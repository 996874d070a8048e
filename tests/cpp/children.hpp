// Children of a client, whose calls end together. The service lists three participants, and never answers a request for
// the account "slow".
#ifndef CHILDREN_HPP
#define CHILDREN_HPP

#include "check.hpp"

#include <chrono>
#include <future>
#include <optional>

// Makes a call that the service does not answer, and returns how it ends.
inline std::future<rtk_status> slow_call(const rtk::Client &client) {
    return std::async(std::launch::async, [&client] {
        try {
            client.get_participants("slow", app_id, meeting_id);
            return RTK_STATUS_OK;
        } catch (const rtk::Error &error) {
            return error.status();
        }
    });
}

inline bool waits(const std::future<rtk_status> &call) {
    return call.wait_for(std::chrono::milliseconds(300)) == std::future_status::timeout;
}

inline void a_shutdown_ends_the_calls_of_a_client_and_its_children() {
    const rtk::Client parent(settings());
    const rtk::Client child = parent.child(), other = parent.child(), grandchild = other.child();
    rtk::ParticipantRange range = one_by_one(child);
    std::future<rtk_status> of_parent = slow_call(parent), of_child = slow_call(child);
    std::future<rtk_status> of_other = slow_call(other), of_grandchild = slow_call(grandchild);
    CHECK(waits(of_child));

    child.shutdown();
    CHECK(of_child.get() == RTK_STATUS_CANCELLED);
    CHECK_THROWS(RTK_STATUS_CANCELLED, everyone(child));
    CHECK_THROWS(RTK_STATUS_CANCELLED, range.begin());
    CHECK_THROWS(RTK_STATUS_CANCELLED, everyone(child.child()));
    CHECK(waits(of_parent) && waits(of_other) && waits(of_grandchild));
    CHECK(everyone(parent).size() == 3 && everyone(other).size() == 3 && everyone(parent.child()).size() == 3);

    parent.shutdown();
    CHECK(of_parent.get() == RTK_STATUS_CANCELLED && of_other.get() == RTK_STATUS_CANCELLED);
    CHECK(of_grandchild.get() == RTK_STATUS_CANCELLED);
    CHECK_THROWS(RTK_STATUS_CANCELLED, everyone(other));
    CHECK_THROWS(RTK_STATUS_CANCELLED, everyone(parent.child()));
}

inline void parents_and_children_are_destroyed_in_any_order() {
    std::optional<rtk::Client> parent(settings());
    rtk::Client child = parent->child();
    parent.reset();
    CHECK(everyone(child).size() == 3);
    child = child.child();
    CHECK(everyone(child).size() == 3);
    parent = child.child();
    CHECK(everyone(*parent).size() == 3 && everyone(child).size() == 3);
}

#endif
