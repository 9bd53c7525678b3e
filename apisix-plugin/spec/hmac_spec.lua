-- secret-hmac-auth: what it checks itself, what it asks the runner, and that it remembers nothing.

local tables = require("spec.tables")
local world = require("spec.world")

local NAME = "secret-hmac-auth"
local DATE = "Thu, 01 Jan 1970 00:16:40 GMT" -- the clock's first second, 1000
local DIGEST_OF_HELLO = "SHA-256=LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=" -- of "hello"
local DIGEST_OF_NOTHING = "SHA-256=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

local w, runner

local function hmac_auth(key_id)
    return { ["hmac-auth"] = { key_id = key_id, secret_key = "$secret://vault/prod/hmac/key" } }
end

local CONSUMERS = {
    { username = "jack", plugins = hmac_auth("jack-id") },
    { username = "anna", labels = { custom_id = "c-42" }, credentials = { c1 = hmac_auth("anna-id") } },
    { username = "guest" },
}

before_each(function()
    w = world.new(NAME)
    runner = w.runner
    w:publish(CONSUMERS)
    runner.otherwise = { verdict = "refused", reason = "invalid_key" }
end)

local function signature(fields)
    fields = fields or {}
    return ('Signature keyId="%s",algorithm="%s",headers="%s",signature="%s"'):format(
        fields.keyId or "jack-id", fields.algorithm or "hmac-sha256", fields.headers or "@request-target date",
        fields.signature or "c2ln")
end

local function send(authorization, options)
    options = options or {}
    options.headers = options.headers or { { "Date", DATE } }
    table.insert(options.headers, { "Authorization", authorization or signature() })
    return w:send(options)
end

-- The runner takes any signature of jack.
local function accept_all()
    runner.otherwise = { verdict = "accepted", consumer = "jack", ttl_ms = 0 }
end

local function assert_refused(request, detail, realm)
    assert.equal(401, request.code)
    assert.same({ message = "client request can't be validated" .. (detail and ": " .. detail or "") }, request.body)
    assert.equal('hmac realm="' .. (realm or "hmac") .. '"', request.answer_headers["WWW-Authenticate"])
end

describe("authentication by signature", function()
    it("has the name, priority and defaults next to those of APISIX's own plugin", function()
        assert.equal(NAME, w.plugin.name)
        assert.equal("auth", w.plugin.type)
        assert.equal(2531, w.plugin.priority)
        local conf = {}
        assert.is_true(w.plugin.check_schema(conf))
        assert.same({
            allowed_algorithms = { "hmac-sha1", "hmac-sha256", "hmac-sha512" }, clock_skew = 300, signed_headers = { "date" },
            validate_request_body = false, max_req_body_size = 67108864, realm = "hmac", hide_credentials = false,
        }, conf)
        assert.is_false(w.plugin.check_schema({ allowed_algorithms = {} }))
        assert.is_false(w.plugin.check_schema({ allowed_algorithms = { "hmac-md5" } }))
        assert.is_false(w.plugin.check_schema({ clock_skew = 0 }))
        assert.is_false(w.plugin.check_schema({ replay_window = 0 }))
        assert.is_false(w.plugin.check_schema({ replay_window = 599 }))
        assert.is_true(w.plugin.check_schema({ replay_window = 600 }))
        assert.is_true(w.plugin.check_schema({ replay_window = 86400, clock_skew = 43200 }))
        assert.is_false(w.plugin.check_schema({ replay_window = 86401, clock_skew = 43200 }))
        assert.is_false(w.plugin.check_schema({ replay_window = 86400, clock_skew = 43201 }))
        assert.is_false(w.plugin.check_schema({ replay_window = 600, signed_headers = {} }))
        assert.is_true(w.plugin.check_schema({ replay_window = 600, signed_headers = { "x-a", "Date" } }))
        assert.is_false(w.plugin.check_schema({}, require("apisix.core").schema.TYPE_CONSUMER))
    end)

    it("asks the runner with what the client signed, and no more", function()
        runner:accepts(world.call("hmac", "anna-id", "hmac-sha512",
                                  "anna-id\nPOST /a%20b?x=1&y=%2F\nDate: " .. DATE .. "\nx-custom: v 1\n", "c2ln", ""),
                       "anna", "c1")
        local request = send(signature({ keyId = "anna-id", algorithm = "hmac-sha512", headers = "@request-target Date x-custom none" }), {
            method = "POST", uri = "/a%20b?x=1&y=%2F", headers = { { "Date", DATE }, { "X-Custom", "v 1" }, { "Other", "o" } },
            conf = { signed_headers = { "Date" } },
        })
        assert.is_nil(request.code)
        assert.equal("anna", request.ctx.consumer_name)
        assert.same({ "c1" }, request.headers["x-credential-identifier"])
        assert.same({ "c-42" }, request.headers["x-consumer-custom-id"])
    end)

    for name, case in pairs({
        ["no headers at all"] = {
            'Signature keyId="jack-id",algorithm="hmac-sha1",signature="c2ln"', {}, "jack-id\n",
        },
        ["an empty target, which is a slash"] = { signature(), { uri = "" }, "jack-id\nGET /\ndate: " .. DATE .. "\n" },
        ["a header twice"] = { signature({ headers = "date  date" }), {}, "jack-id\ndate: " .. DATE .. "\ndate: " .. DATE .. "\n" },
        ["the first of repeated headers"] = {
            signature({ headers = "x" }), { headers = { { "X", "1" }, { "X", "2" }, { "Date", DATE } } }, "jack-id\nx: 1\n",
        },
        ["a header that is called as the target (as natively)"] = {
            signature({ headers = "@request-target" }),
            { headers = { { "@request-target", "GET /other" }, { "Date", DATE } } }, "jack-id\n@request-target: GET /other\n",
        },
        ["spaces and order of the fields"] = {
            'Signature  signature="c2ln" , headers="date", keyId="jack-id", algorithm="hmac-sha256", more="x"', {},
            "jack-id\ndate: " .. DATE .. "\n",
        },
    }) do
        it("signs as natively: " .. name, function()
            accept_all()
            local options = case[2]
            options.conf = { signed_headers = {} }
            assert.is_nil(send(case[1], options).code)
            assert.equal(case[3], runner.calls[1].fields[3])
        end)
    end

    it("builds no text that is longer than a call", function()
        local signatures = require("apisix.plugins.secret-providers.signatures")
        local function text(last)
            local names = {}
            for i = 1, 127 do
                names[i] = "x"
            end
            names[128] = "y"
            return signatures.text({ headers = { x = ("v"):rep(1020), y = ("w"):rep(last) } }, { keyId = "k", headers = names })
        end
        assert.equal(131072, #text(1018))
        assert.is_nil(text(1019))
    end)

    it("demands a signature", function()
        assert_refused(w:send({ headers = {} }), "missing Authorization header")
        assert_refused(w:send({ headers = {}, conf = { realm = "r" } }), "missing Authorization header", "r")
        assert_refused(send("Basic abc"), "Authorization header does not start with 'Signature'")
        assert_refused(send("signature keyId"), "Authorization header does not start with 'Signature'")
    end)

    for name, case in pairs({
        ["no keyId"] = { 'Signature algorithm="hmac-sha256",headers="date",signature="c2ln"' },
        ["no signature"] = { 'Signature keyId="jack-id",algorithm="hmac-sha256",headers="date"' },
        ["no algorithm"] = { 'Signature keyId="jack-id",headers="date",signature="c2ln"' },
        ["an unknown algorithm"] = { signature({ algorithm = "hmac-md5" }) },
        ["an algorithm that the route does not allow"] = { signature(), { allowed_algorithms = { "hmac-sha512" } } },
        ["no date"] = { signature(), nil, {} },
        ["not a date"] = { signature(), nil, { { "Date", "yesterday" } } },
        ["a date too early"] = { signature(), { clock_skew = 9 }, { { "Date", "Thu, 01 Jan 1970 00:16:30 GMT" } } },
        ["a date too late"] = { signature(), { clock_skew = 9 }, { { "Date", "Thu, 01 Jan 1970 00:16:50 GMT" } } },
        ["a header that is not signed"] = { signature(), { signed_headers = { "date", "x-a" } } },
        ["a header signed in another letter case"] = { signature(), { signed_headers = { "Date" } } },
        ["a signature that is not base64"] = { signature({ signature = "a_b" }) },
        ["a header so often that the text is too long"] = {
            signature({ headers = "date" .. (" x"):rep(33) }), nil, { { "Date", DATE }, { "x", ("x"):rep(4096) } },
        },
        ["too long"] = { signature({ headers = "date x" }), nil, { { "Date", DATE }, { "x", ("x"):rep(131072) } } },
    }) do
        it("is refused without a question: " .. name, function()
            accept_all()
            assert_refused(send(case[1], { conf = case[2], headers = case[3] }))
            assert.equal(0, #runner.calls)
        end)
    end

    it("allows the clock's whole skew", function()
        accept_all()
        for _, date in ipairs({ "Thu, 01 Jan 1970 00:16:31 GMT", "Thu, 01 Jan 1970 00:16:49 GMT" }) do
            assert.is_nil(send(nil, { conf = { clock_skew = 9 }, headers = { { "Date", date } } }).code)
        end
    end)

    it("is refused when the runner does", function()
        assert_refused(send())
        runner.otherwise = { verdict = "refused", reason = "replayed" }
        assert_refused(send())
        assert.equal(2, #runner.calls)
    end)

    it("is refused where no consumer has hmac-auth, or APISIX does not know it", function()
        accept_all()
        w:publish({ CONSUMERS[2] })
        assert_refused(send())
        w:publish({ { username = "jack" } })
        runner.calls = {}
        assert_refused(send())
        assert.equal(0, #runner.calls)
    end)

    it("tells the runner for how long a signature counts once, and sends it in one form only", function()
        accept_all()
        send(signature({ signature = "c2lnbg==" }), { conf = { replay_window = 600 } })
        send(signature({ signature = "c2lnbg" }), { conf = { replay_window = 600 } })
        send(signature({ signature = "c2lnbh==x" }))
        assert.equal("600", runner.calls[1].fields[5])
        for _, call in ipairs(runner.calls) do
            assert.equal("c2lnbg==", call.fields[4])
        end
        assert.equal("", runner.calls[3].fields[5])
    end)

    it("is asked about each time, also for the same signature at the same time", function()
        accept_all()
        runner.by_hand = true
        local first, second = send(), send()
        assert.equal(2, #runner.calls)
        runner:reply(runner.calls[1], { verdict = "accepted", consumer = "jack", epoch = "e1", sequence = 0 })
        runner:reply(runner.calls[2], { verdict = "refused", reason = "replayed", epoch = "e1", sequence = 0 })
        w:settle()
        assert.is_nil(first.code)
        assert_refused(second)
        runner.by_hand = false
        assert.is_nil(send().code)
        runner.otherwise = { verdict = "refused", reason = "invalid_key" }
        assert_refused(send())
        assert.equal(4, #runner.calls)
    end)

    it("does not delay questions about other credentials, nor wait for them", function()
        runner.by_hand = true
        w:publish({ { username = "jack", plugins = { ["hmac-auth"] = {}, ["key-auth"] = {} } } })
        for i = 1, 40 do
            w:send({ plugin = "secret-key-auth", key = "guess-" .. i })
        end
        local before = #runner.calls
        assert.equal(32, before)
        for _ = 1, 40 do
            send()
        end
        assert.equal(before + 32, #runner.calls)
    end)

    it("is unavailable while the runner cannot be asked or does not know, also with an anonymous consumer", function()
        accept_all()
        assert.is_nil(send().code)
        local conf = { anonymous_consumer = "guest" }
        runner.otherwise = { verdict = "unavailable", reason = "unresolved" }
        local request = send(nil, { conf = conf })
        assert.equal(503, request.code)
        assert.same({ message = "Some credentials could not be resolved yet" }, request.body)
        runner:stop()
        request = send(nil, { conf = conf })
        assert.equal(503, request.code)
        assert.equal("1", request.answer_headers["Retry-After"])
        assert.same({ message = "Credentials cannot be checked at the moment" }, request.body)
    end)

    it("passes as the anonymous consumer otherwise", function()
        local conf = { anonymous_consumer = "guest", hide_credentials = true }
        for _, authorization in ipairs({ "Basic abc", signature(), signature({ algorithm = "x" }) }) do
            local request = send(authorization, { conf = conf })
            assert.is_nil(request.code)
            assert.equal("guest", request.ctx.consumer_name)
            assert.is_nil(request.headers.authorization)
        end
        local request = send("Basic abc", { conf = { anonymous_consumer = "missing" } })
        assert.same({ message = "Invalid user authorization" }, request.body)
    end)

    it("is hidden on success only if told so", function()
        accept_all()
        assert.is_nil(send(nil, { conf = { hide_credentials = true } }).headers.authorization)
        assert.is_not_nil(send().headers.authorization)
    end)

    it("tells multi-auth why it refused", function()
        local function reason(authorization)
            return send(authorization, { ctx = { _plugin_name = "multi-auth" } }).body.message
        end
        assert.equal("client request can't be validated: Invalid key_id", reason())
        assert.equal("client request can't be validated: Invalid algorithm", reason(signature({ algorithm = "x" })))
    end)

    it("writes neither signature nor key id to the log", function()
        send(signature({ keyId = "the-key-id", signature = "dGhlLXNpZw==" }))
        runner:stop()
        send(signature({ keyId = "the-key-id", signature = "dGhlLXNpZw==" }))
        w:advance(1)
        assert.is_true(#w.log > 0)
        for _, line in ipairs(w.log) do
            assert.is_nil(line.text:find("the-key-id", 1, true))
            assert.is_nil(line.text:find("dGhlLXNpZw", 1, true))
        end
    end)
end)

describe("the body of a signed request", function()
    local function post(digest, body, conf, more)
        accept_all()
        conf = conf or {}
        conf.validate_request_body = true
        local headers = { { "Date", DATE } }
        if digest then
            table.insert(headers, { "Digest", digest })
        end
        for _, header in ipairs(more or {}) do
            table.insert(headers, header)
        end
        return send(nil, { method = "POST", body = body, headers = headers, conf = conf })
    end

    it("has to have the digest that the header says", function()
        assert.is_nil(post(DIGEST_OF_HELLO, "hello").code)
        assert.is_nil(post(DIGEST_OF_NOTHING, nil).code)
        assert_refused(post(DIGEST_OF_HELLO, "hellO"))
        assert_refused(post(DIGEST_OF_HELLO:lower(), "hello"))
        assert_refused(post(nil, "hello"))
        assert.equal("guest", post(nil, "hello", { anonymous_consumer = "guest" }).ctx.consumer_name)
    end)

    it("is not read for a signature that is refused, nor without a digest", function()
        assert.is_nil(post(nil, "hello").body_was_read)
        runner.otherwise = { verdict = "refused", reason = "invalid_key" }
        local request = send(nil, { body = "hello", conf = { validate_request_body = true } })
        assert_refused(request)
        assert.is_nil(request.body_was_read)
    end)

    it("has to be right before the signature counts", function()
        assert_refused(post(DIGEST_OF_HELLO, "hellO", { replay_window = 600 }))
        assert_refused(post(nil, "hello", { replay_window = 600 }))
        assert.equal(413, post(DIGEST_OF_HELLO, "hello", { replay_window = 600, max_req_body_size = 4 }).code)
        assert.equal(3, #runner.calls)
        for _, call in ipairs(runner.calls) do
            assert.equal("", call.fields[5])
        end
        assert.is_nil(post(DIGEST_OF_HELLO, "hello", { replay_window = 600 }).code)
        assert.equal("", runner.calls[4].fields[5])
        assert.equal("600", runner.calls[5].fields[5])
        assert.equal(5, #runner.calls)
        post(DIGEST_OF_HELLO, "hello")
        assert.equal(6, #runner.calls)
    end)

    it("does not save a signature that was used before, or that the runner cannot count", function()
        local answer
        runner.answer_to = function()
            local counted = runner.calls[#runner.calls].fields[5] ~= ""
            return counted and answer
                   or { verdict = "accepted", consumer = "jack", ttl_ms = 0, epoch = runner.epoch, sequence = runner.sequence }
        end
        answer = { verdict = "refused", reason = "replayed", epoch = runner.epoch, sequence = runner.sequence }
        assert_refused(post(DIGEST_OF_HELLO, "hello", { replay_window = 600 }))
        answer = { verdict = "unavailable", reason = "unresolved", epoch = runner.epoch, sequence = runner.sequence }
        assert.equal(503, post(DIGEST_OF_HELLO, "hello", { replay_window = 600 }).code)
    end)

    it("is not validated unless told so", function()
        accept_all()
        assert.is_nil(send(nil, { body = "hello", headers = { { "Date", DATE }, { "Digest", "SHA-256=x" } } }).code)
    end)

    it("must not be larger than the route allows: 413, with no challenge and no anonymous consumer", function()
        for _, more in ipairs({ {}, { { "Content-Length", "5" } } }) do
            local request = post(DIGEST_OF_HELLO, "hello", { max_req_body_size = 4, anonymous_consumer = "guest" }, more)
            assert.equal(413, request.code)
            assert.same({ message = "request size 5 is greater than the maximum size 4 allowed" }, request.body)
            assert.is_nil(request.answer_headers["WWW-Authenticate"])
            assert.is_nil(request.ctx.consumer_name)
        end
        assert.is_nil(post(DIGEST_OF_HELLO, "hello", { max_req_body_size = 5 }).code)
    end)
end)

-- The table that the runner's own tests share. Signatures are of a kind of their own here, which the runner knows.
describe("a request is decided as natively:", function()
    local decisions = tables.read("decisions-hmac.json")
    local KNOWN = {
        ["jack-id"] = { "jack-secret", "jack" }, ["anna-id"] = { "anna-secret", "anna", "cred-1" },
        ["still-id"] = { "still-secret", "still" },
    }

    local function sign(algorithm, secret, text)
        return world.base64(ngx.sha1_bin(algorithm .. secret .. text))
    end

    local function text_of(value)
        local made = sign(value.algorithm, value.secret, value.text)
        return (value.signature:gsub("{}", { ["{}"] = made:sub(1, #made - (value.cut or 0)) }))
    end

    before_each(function()
        w:publish(tables.consumers(decisions))
        runner.answer_to = function()
            local key_id, algorithm, text, shown = unpack(runner.calls[#runner.calls].fields)
            local known = KNOWN[key_id]
            local good = known and sign(algorithm, known[1], text) == shown
            return {
                epoch = runner.epoch, sequence = runner.sequence, ttl_ms = 0,
                verdict = good and "accepted" or "refused", reason = not good and "invalid_key" or nil,
                consumer = good and known[2] or nil, credential = good and known[3] or nil,
            }
        end
    end)

    for _, case in ipairs(decisions.cases) do
        it(case.case, function()
            for _ = 1, 2 do
                local request = w:send({
                    method = case.method, uri = case.target, body = case.body, conf = case.conf,
                    headers = tables.pairs_of(case.headers, text_of),
                })
                tables.check(case, case.expect, request, "hmac")
            end
        end)
    end
end)
