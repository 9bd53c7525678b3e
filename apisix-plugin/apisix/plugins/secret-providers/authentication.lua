--- What the plugins for all kinds of credentials do alike in a request.
--
-- A plugin finds the credential in the request and gives it to what `look_up_by` returns. Its rewrite phase comes
-- from `phase`: the answer to a refused request, the anonymous consumer, and the consumer that is attached.

local core = require("apisix.core")
local consumer_mod = require("apisix.consumer")
local auth_utils = require("apisix.utils.auth")
local consumers = require("apisix.plugins.secret-providers.consumers")
local decisions = require("apisix.plugins.secret-providers.decisions")
local digests = require("apisix.plugins.secret-providers.digest")
local identity_headers = require("apisix.plugins.secret-providers.identity_headers")
local log = require("apisix.plugins.secret-providers.log")
local verdicts = require("apisix.plugins.secret-providers.verdicts")

local count = verdicts.count
local find_good = decisions.find_good
local identity_of = verdicts.identity
local match = string.match
local place_of = verdicts.place
local prepare = decisions.prepare
local remove_look_alikes = identity_headers.remove_look_alikes

local _M = {}

--- Returns functions that find the consumer that a credential belongs to.
-- @tparam function identify `decisions.identify` or `decisions.identify_once`
-- @tparam number call the type of the question, see `calls`
-- @tparam string plugin APISIX's plugin whose configuration consumers and credentials carry
-- @tparam number kind of the credential, see `calls.KINDS`
-- @treturn function looks in the memory, and asks the runner if need be. Takes a route's conf, the question's body and its
--   digest (nil for `decisions.identify_once`), and what apisix.consumer returns for the plugin. Returns the consumer and
--   APISIX's list, or nil, the list, the message of a 503 or false, and the runner's reason.
-- @treturn function only looks for a verdict that needs no question. Takes conf, digest and list. Returns the consumer.
function _M.look_up_by(identify, call, plugin, kind)
    local number_of, find_node = consumers.new_index()

    -- Returns the consumer if no question is needed. LuaJIT compiles it, see `rows`.
    local function find_known(conf, digest, consumer_conf)
        local part, row = find_good(digest, conf)
        if not part then
            return nil
        end
        local list = number_of(consumer_conf)
        local place = place_of(part, row, list)
        if not place then
            local _
            _, place = find_node(identity_of(part, row), consumer_conf)
            if not place then
                return nil
            end
            verdicts.set_place(part, row, list, place)
        end
        count(part, row, kind)
        return consumer_conf.nodes[place]
    end

    local function look_up(conf, body, digest, consumer_conf)
        local known = digest and consumer_conf and find_known(conf, digest, consumer_conf)
        if known then
            return known, consumer_conf
        end
        -- LuaJIT compiles from where `find_known` fails up to here, because it cannot compile this call. Without it, it would
        -- give up what follows, which may wait for the runner, and with it each branch of `find_known` that led here.
        match("", "")
        -- Before the request waits: until then the digest is where the module `digest` put it.
        digest = digest and digests.text(digest)
        local identity, unavailable, from_memory, reason = identify(call, body, digest, conf, kind)
        if not from_memory then
            -- APISIX may have a new list since the question.
            consumer_conf = consumer_mod.plugin(plugin)
        end
        local consumer = identity and consumer_conf and find_node(identity, consumer_conf)
        if identity and not consumer and digest then
            -- APISIX removed the consumer or does not know it yet.
            verdicts.forget(digest)
        end
        return consumer, consumer_conf, unavailable, reason
    end

    return look_up, find_known
end

--- Returns the message of a refusal: the client's, or under multi-auth the reason that APISIX logs.
-- @tparam table ctx of the request
-- @tparam string message for the client
-- @tparam string reason without anything that the client sent
-- @treturn string
function _M.refusal(ctx, message, reason)
    if auth_utils.is_running_under_multi_auth(ctx) then
        return reason
    end
    log.write("warn", reason)
    return message
end

--- Returns a plugin's rewrite phase.
-- @tparam string scheme of the header WWW-Authenticate
-- @tparam function find takes conf and ctx; returns the consumer and APISIX's list, or nil, nil, the message, and the
--   status unless that is 401. It hides the credential of a request that it accepts.
-- @tparam function hide takes conf and ctx; removes the credential of a request that passes as the anonymous consumer
-- @tparam ?boolean remembers whether verdicts are remembered
-- @treturn function takes conf and ctx; returns the status and body of a refusal, or nil if the request is accepted.
--   Then ctx has the consumer.
function _M.phase(scheme, find, hide, remembers)
    local function demand(conf)
        core.response.set_header("WWW-Authenticate", scheme .. " realm=\"" .. conf.realm .. "\"")
    end

    return function(conf, ctx)
        if remembers then
            prepare(conf)
        end
        local consumer, consumer_conf, err, status = find(conf, ctx)
        if status then
            -- Under multi-auth another plugin may still accept the request.
            if status == 503 and not auth_utils.is_running_under_multi_auth(ctx) then
                core.response.set_header("Retry-After", "1")
            end
            return status, { message = err }
        end
        if not consumer then
            if not conf.anonymous_consumer then
                demand(conf)
                return 401, { message = err }
            end
            if conf.hide_credentials then
                hide(conf, ctx)
            end
            consumer, consumer_conf, err = consumer_mod.get_anonymous_consumer(conf.anonymous_consumer)
            if not consumer then
                demand(conf)
                if auth_utils.is_running_under_multi_auth(ctx) then
                    return 401, err
                end
                log.write("error", "failed to authenticate the request, code: 401. error: " .. err)
                return 401, { message = "Invalid user authorization" }
            end
        end
        remove_look_alikes(ctx)
        consumer_mod.attach_consumer(ctx, consumer, consumer_conf)
    end
end

return _M
