-- secret-basic-auth: what it finds in a request, what it answers, and what it remembers.

local tables = require("spec.tables")
local world = require("spec.world")

local NAME = "secret-basic-auth"

local w, runner

local function basic_auth(username, password)
    return { ["basic-auth"] = { username = username, password = password } }
end

local CONSUMERS = {
    { username = "jack", plugins = basic_auth("jack-name", "$secret://vault/prod/jack/password") },
    { username = "anna", labels = { custom_id = "c-42" }, credentials = { c1 = basic_auth("anna", "x") } },
    { username = "guest" },
}

before_each(function()
    w = world.new(NAME)
    runner = w.runner
    w:publish(CONSUMERS)
    runner:accepts(world.call("basic", "jack-name", "pass"), "jack")
    runner:accepts(world.call("basic", "anna", "se:cr:et"), "anna", "c1")
end)

local function header(credentials)
    return "Basic " .. world.base64(credentials)
end

local function send(authorization, conf, more)
    local options = { headers = { { "Authorization", authorization } }, conf = conf }
    for name, value in pairs(more or {}) do
        options[name] = value
    end
    return w:send(options)
end

local function status(authorization, conf)
    local request = send(authorization, conf)
    return request.done and (request.code or 200) or "waits"
end

local function assert_refused(request, message, realm)
    assert.equal(401, request.code)
    assert.same({ message = message }, request.body)
    assert.equal('Basic realm="' .. (realm or "basic") .. '"', request.answer_headers["WWW-Authenticate"])
end

describe("basic authentication", function()
    it("has the name, priority and defaults next to those of APISIX's own plugin", function()
        assert.equal(NAME, w.plugin.name)
        assert.equal("auth", w.plugin.type)
        assert.equal(2521, w.plugin.priority)
        local conf = {}
        assert.is_true(w.plugin.check_schema(conf))
        assert.same({ realm = "basic", hide_credentials = false, verdict_ttl = 600, grace = 30, max_verdicts = 100000 }, conf)
        local ok, err = w.plugin.check_schema({}, require("apisix.core").schema.TYPE_CONSUMER)
        assert.is_false(ok)
        assert.matches("belong in basic-auth", err, 1, true)
    end)

    it("attaches APISIX's own consumer and its identity", function()
        local request = send(header("anna:se:cr:et"))
        assert.is_nil(request.code)
        assert.equal("anna", request.ctx.consumer_name)
        assert.equal("c1", request.ctx.consumer.credential_id)
        assert.same({ "anna" }, request.headers["x-consumer-username"])
        assert.same({ "c1" }, request.headers["x-credential-identifier"])
        assert.same({ "c-42" }, request.headers["x-consumer-custom-id"])
        assert.same({ "anna", "se:cr:et" }, runner.calls[1].fields)
    end)

    for name, authorization in pairs({
        ["in lower case"] = "basic amFjay1uYW1lOnBhc3M=",
        ["in upper case"] = "BASIC amFjay1uYW1lOnBhc3M=",
        ["after other text"] = "Bearer x, xbAsIc\tamFjay1uYW1lOnBhc3M=",
        ["without padding"] = "Basic amFjay1uYW1lOnBhc3M",
        ["with text after the padding"] = "Basic amFjay1uYW1lOnBhc3M=abc",
    }) do
        it("is read as natively: " .. name, function()
            local request = send(authorization)
            assert.is_nil(request.code)
            assert.equal("jack", request.ctx.consumer_name)
            assert.same({ "jack-name", "pass" }, runner.calls[1].fields)
        end)
    end

    it("is shown to the runner with its white space, which natively does not count", function()
        runner:accepts(world.call("basic", " jack-\tname ", "p a\nss "), "jack")
        assert.is_nil(send(header(" jack-\tname :p a\nss ")).code)
    end)

    it("is demanded of a request without the header", function()
        assert_refused(w:send({ headers = {} }), "Missing authorization in request")
        assert_refused(w:send({ headers = {}, conf = { realm = "my realm" } }), "Missing authorization in request", "my realm")
    end)

    for name, authorization in pairs({
        ["another scheme"] = "Bearer abc",
        ["nothing after the scheme"] = "Basic",
        ["empty"] = "",
        ["two spaces"] = "Basic  amFjazpwYXNz",
        ["not base64"] = "Basic a-b_c",
        ["no colon"] = header("jack-name"),
        ["an empty password"] = header("jack-name:"),
        ["nothing but a colon"] = header(":"),
        ["URL-safe base64"] = "Basic Pz8_Ojo-",
    }) do
        it("is refused as malformed, without a question: " .. name, function()
            assert_refused(send(authorization), "Invalid authorization in request")
            assert.equal(0, #runner.calls)
        end)
    end

    it("is refused with a wrong name or password", function()
        assert_refused(send(header("jack-name:wrong")), "Invalid user authorization")
        assert_refused(send(header("unknown:pass")), "Invalid user authorization")
        assert_refused(send(header(":pass")), "Invalid user authorization")
        assert.equal(3, #runner.calls)
    end)

    it("is refused without a question where no consumer has basic-auth", function()
        w:publish({ { username = "guest" } })
        assert_refused(send(header("jack-name:pass")), "Invalid user authorization")
        assert.equal(0, #runner.calls)
    end)

    it("is refused for a consumer that APISIX does not know", function()
        runner:accepts(world.call("basic", "rose", "r"), "rose")
        assert_refused(send(header("rose:r")), "Invalid user authorization")
        w:publish({ { username = "rose", plugins = basic_auth("rose", "r") } })
        assert.is_nil(send(header("rose:r")).code)
    end)

    it("of one kind is not that of another: key-auth of the same consumer is not enough", function()
        runner:accepts(world.call("basic", "rose", "r"), "rose")
        w:publish({ CONSUMERS[1], { username = "rose", plugins = world.key_auth("r") } })
        assert_refused(send(header("rose:r")), "Invalid user authorization")
    end)

    it("is hidden on success and from the anonymous consumer, and not in a refusal", function()
        assert.is_nil(send(header("jack-name:pass"), { hide_credentials = true }).headers.authorization)
        assert.is_not_nil(send(header("jack-name:pass")).headers.authorization)
        local anonymous = { hide_credentials = true, anonymous_consumer = "guest" }
        local request = send(header("jack-name:wrong"), anonymous)
        assert.equal("guest", request.ctx.consumer_name)
        assert.is_nil(request.headers.authorization)
        assert.is_nil(request.headers["x-credential-identifier"])
        assert.is_not_nil(send(header("jack-name:wrong"), { hide_credentials = true }).headers.authorization)
    end)

    it("falls back to the anonymous consumer in each case but a 503", function()
        local conf = { anonymous_consumer = "guest", verdict_ttl = 0, grace = 0 }
        for _, request in ipairs({ w:send({ headers = {}, conf = conf }), send("Bearer x", conf), send(header("a:b"), conf) }) do
            assert.is_nil(request.code)
            assert.equal("guest", request.ctx.consumer_name)
        end
        assert_refused(send(header("a:b"), { anonymous_consumer = "missing" }), "Invalid user authorization")
        runner:stop()
        local request = send(header("a:b"), conf)
        assert.equal(503, request.code)
        assert.equal("1", request.answer_headers["Retry-After"])
        assert.same({ message = "Credentials cannot be checked at the moment" }, request.body)
    end)

    it("is unavailable while the runner does not know, and refused where it is configured so", function()
        runner.otherwise = { verdict = "unavailable", reason = "unresolved" }
        local request = send(header("a:b"))
        assert.equal(503, request.code)
        assert.same({ message = "Some credentials could not be resolved yet" }, request.body)
        runner.otherwise = { verdict = "refused", reason = "unresolved", ttl_ms = 0 }
        assert_refused(send(header("a:b")), "Invalid user authorization")
        assert_refused(send(header("a:b")), "Invalid user authorization")
        assert.equal(3, #runner.calls)
    end)

    it("replaces identity headers of the client's own, and their look-alikes", function()
        local request = w:send({
            headers = {
                { "X_Consumer_Username", "admin" }, { "X-Credential-Identifier", "c" },
                { "Authorization", header("jack-name:pass") },
            },
        })
        assert.same({ "jack" }, request.headers["x-consumer-username"])
        assert.is_nil(request.headers.x_consumer_username)
        assert.is_nil(request.headers["x-credential-identifier"])
    end)

    it("tells multi-auth why it refused, without what the client sent", function()
        local under = { ctx = { _plugin_name = "multi-auth" } }
        assert.same({ message = "failed to find user: invalid user" }, send(header("secret-name:secret-pass"), nil, under).body)
        assert.same({ message = "no user name and password in the header" },
                    send(header("secret"), nil, { ctx = { _plugin_name = "multi-auth" } }).body)
    end)
end)

describe("a worker remembers user name and password", function()
    -- Follows the events.
    before_each(function()
        status(header("a:b"))
        w:advance(0.01)
        runner.calls = {}
    end)

    it("for verdict_ttl, however the header is written", function()
        w.conf = { verdict_ttl = 5 }
        local encoded = world.base64("jack-name:pass")
        for _, spelling in ipairs({ "Basic " .. encoded, "basic " .. encoded, "x Basic " .. encoded,
                                    (header("jack-name:pass"):gsub("=+$", "")), "Basic " .. encoded }) do
            assert.equal(200, status(spelling))
        end
        assert.equal(1, #runner.calls)
        w:advance(5.1)
        assert.equal(200, status(header("jack-name:pass")))
        assert.equal(2, #runner.calls)
    end)

    it("so that no other pair with the same letters is theirs", function()
        runner:accepts(world.call("basic", "ab", "c"), "jack")
        assert.equal(200, status(header("ab:c")))
        assert.equal(401, status(header("a:bc")))
        assert.equal(401, status(header("a:b:c")))
        assert.equal(401, status(header("abc:x")))
        -- The bytes of the call themselves, as name or password.
        assert.equal(401, status(header("\1\0\0\0\2ab\0\0\0\1c:x")))
        assert.equal(5, #runner.calls)
    end)

    it("apart from keys: neither the bytes of one call nor a header are a key", function()
        assert.equal(200, status(header("jack-name:pass")))
        w:publish({ CONSUMERS[1], { username = "jill", plugins = world.key_auth("k") } })
        for _, key in ipairs({ "\1\0\0\0\9jack-name\0\0\0\4pass", header("jack-name:pass") }) do
            assert.equal(401, w:send({ plugin = "secret-key-auth", key = key }).code)
        end
        assert.equal(3, #runner.calls)
    end)

    it("and forgets them with an event for their credential, at once", function()
        assert.equal(200, status(header("anna:se:cr:et")))
        assert.equal(200, status(header("jack-name:pass")))
        runner.answers[world.call("basic", "anna", "se:cr:et")] = nil
        runner:emit("anna/c1")
        assert.equal(401, status(header("anna:se:cr:et")))
        assert.equal(200, status(header("jack-name:pass")))
        assert.equal(3, #runner.calls)
    end)

    it("through an outage, for grace, and no refused pair", function()
        assert.equal(200, status(header("jack-name:pass")))
        runner:stop()
        assert.equal(503, status(header("jack-name:wrong")))
        w:advance(20)
        assert.equal(200, status(header("jack-name:pass")))
        w:advance(20)
        assert.equal(503, status(header("jack-name:pass")))
    end)

    it("and a wrong pair for a second, until the next event", function()
        assert.equal(401, status(header("jack-name:new")))
        assert.equal(401, status(header("jack-name:new")))
        assert.equal(1, #runner.calls)
        runner:accepts(world.call("basic", "jack-name", "new"), "jack")
        runner:emit("jack")
        assert.equal(200, status(header("jack-name:new")))
    end)

    it("with one question for all requests that wait for it", function()
        runner.by_hand = true
        local requests = {}
        for i = 1, 5 do
            requests[i] = send(header("jack-name:pass"))
        end
        assert.equal(1, #runner.calls)
        runner:resume()
        w:settle()
        for _, request in ipairs(requests) do
            assert.is_true(request.done)
            assert.is_nil(request.code)
        end
    end)

    it("without a trace of either in the log", function()
        send(header("secret-name:secret-pass"))
        runner:stop()
        send(header("secret-name:secret-pass"))
        w:advance(1)
        assert.is_true(#w.log > 0)
        for _, line in ipairs(w.log) do
            assert.is_nil(line.text:find("secret-name", 1, true))
            assert.is_nil(line.text:find("secret-pass", 1, true))
            assert.is_nil(line.text:find(world.base64("secret-name:secret-pass"), 1, true))
        end
    end)
end)

-- The table that the runner's own tests share. The runner here knows its consumers.
describe("a request is decided as natively:", function()
    local decisions = tables.read("decisions-basic.json")

    local KNOWN = { ["jack:jack-pass"] = { "jack" }, ["anna:anna-pass"] = { "anna", "cred-1" }, ["colon:a:b"] = { "colon" },
                    ["spaced:two words"] = { "spaced" }, ["still:still-pass"] = { "still" } }

    before_each(function()
        w:publish(tables.consumers(decisions))
        runner.answer_to = function(_, key)
            local username, password = key:match("^basic|([^|]*)|(.*)$")
            local shown = username .. ":" .. password
            local owner = KNOWN[shown] or KNOWN[shown:gsub("%s", "")]
            return {
                epoch = runner.epoch, sequence = runner.sequence,
                verdict = owner and "accepted" or "refused", reason = not owner and "invalid_key" or nil,
                consumer = owner and owner[1], credential = owner and owner[2],
            }
        end
    end)

    local function text_of(value)
        local shown = value.basic
        return "Basic " .. world.base64(type(shown) == "table" and shown["repeat"]:rep(shown.times) or shown)
    end

    for _, case in ipairs(decisions.cases) do
        it(case.case, function()
            -- Asked, and remembered.
            for _ = 1, 2 do
                local headers = tables.pairs_of(case.headers, text_of)
                tables.check(case, case.expect, w:send({ headers = headers, conf = case.conf }), "Basic")
                w:advance(0.01)
            end
        end)
    end
end)
