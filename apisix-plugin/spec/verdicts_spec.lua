-- What is asked, remembered and forgotten.

local cjson = require("cjson.safe")
local world = require("spec.world")

local function key_auth(key)
    return { ["key-auth"] = { key = key } }
end

local JACK = {
    username = "jack",
    credentials = { k1 = key_auth("$secret://vault/prod/jack/k1"), k2 = key_auth("$secret://vault/prod/jack/k2") },
}
local JILL = { username = "jill", plugins = key_auth("$env://JILL") }

local ALWAYS_ASK = { verdict_ttl = 0 }
local NO_GRACE = { grace = 0 }

describe("a worker", function()
    local w, runner

    local function status(key, conf)
        return w:status(key, conf)
    end

    local function asked(key)
        return runner:calls_for(key)
    end

    local function unremembered(request)
        return request.done and request.code or "waits"
    end

    before_each(function()
        w = world.new()
        runner = w.runner
        w:publish({ JACK, JILL })
        runner:accepts("key-1", "jack", "k1")
        runner:accepts("key-2", "jack", "k2")
        runner:accepts("jill's", "jill")
        -- The stream is followed from the first request on.
        status("nobody's")
        w:advance(0.01)
    end)

    describe("remembers", function()
        it("a good key for verdict_ttl", function()
            assert.equal(200, status("key-1"))
            w:advance(4.9)
            assert.equal(200, status("key-1"))
            assert.equal(1, asked("key-1"))
            w:advance(0.2)
            assert.equal(200, status("key-1"))
            assert.equal(2, asked("key-1"))
        end)

        it("nothing where verdict_ttl is 0", function()
            for _ = 1, 3 do
                assert.equal(200, status("key-1", ALWAYS_ASK))
                assert.equal(401, status("wrong", ALWAYS_ASK))
            end
            assert.equal(3, asked("key-1"))
            assert.equal(3, asked("wrong"))
        end)

        it("no longer than the runner allows", function()
            runner:accepts("key-1", "jack", "k1", 2000)
            assert.equal(200, status("key-1"))
            w:advance(1.9)
            assert.equal(200, status("key-1"))
            assert.equal(1, asked("key-1"))
            w:advance(0.2)
            assert.equal(200, status("key-1"))
            assert.equal(2, asked("key-1"))
        end)

        it("not at all what the runner forbids to remember, not even for grace", function()
            runner:accepts("key-1", "jack", "k1", 0)
            assert.equal(200, status("key-1"))
            assert.equal(200, status("key-1"))
            assert.equal(2, asked("key-1"))
            runner:stop()
            assert.equal(503, status("key-1"))
        end)

        it("no more what it remembered, when the runner forbids it now", function()
            assert.equal(200, status("key-1"))
            runner:accepts("key-1", "jack", "k1", 0)
            w:advance(6)
            assert.equal(200, status("key-1"))
            runner:stop()
            assert.equal(503, status("key-1"))
        end)

        it("a wrong key for a second", function()
            assert.equal(401, status("wrong"))
            w:advance(0.9)
            assert.equal(401, status("wrong"))
            assert.equal(1, asked("wrong"))
            w:advance(0.2)
            assert.equal(401, status("wrong"))
            assert.equal(2, asked("wrong"))
        end)

        it("no refusal that the runner calls momentary", function()
            runner.otherwise = { verdict = "refused", reason = "unresolved", ttl_ms = 0 }
            assert.equal(401, status("wrong"))
            assert.equal(401, status("wrong"))
            assert.equal(2, asked("wrong"))
        end)

        it("no key of a consumer that APISIX does not know yet", function()
            runner:accepts("rose's", "rose")
            assert.equal(401, status("rose's"))
            assert.equal(401, status("rose's"))
            assert.equal(2, asked("rose's"))
            w:publish({ JACK, JILL, { username = "rose", plugins = key_auth("r") } })
            assert.equal(200, status("rose's"))
        end)

        it("whom APISIX got to know while the runner was asked", function()
            runner.by_hand = true
            runner:accepts("rose's", "rose")
            local request = w:send({ key = "rose's" })
            w:publish({ JACK, JILL, { username = "rose", plugins = key_auth("r") } })
            runner:resume()
            w:settle()
            assert.is_true(request.done)
            assert.is_nil(request.code)
        end)

        it("nobody whom APISIX removed", function()
            assert.equal(200, status("jill's"))
            w:publish({ JACK })
            assert.equal(401, status("jill's"))
        end)

        it("no age when the clock was set back", function()
            assert.equal(200, status("key-1"))
            w.clock = w.clock - 3600
            assert.equal(200, status("key-1"))
            assert.equal(2, asked("key-1"))
        end)

        it("no verdict that would be new again later when the clock was set back", function()
            w:advance(100)
            assert.equal(200, status("key-1"))
            w:set_clock_back(60)
            w:advance(3)
            runner:stop()
            w:advance(60)
            assert.equal(503, status("key-1"))
        end)

        it("none either when the clock was set back while the runner is away", function()
            assert.equal(200, status("key-1"))
            runner:stop()
            w:advance(1)
            w:set_clock_back(20)
            w:advance(21)
            assert.equal(503, status("key-1"))
        end)

        it("none either that was asked for before the clock was set back", function()
            runner.by_hand = true
            w:send({ key = "key-1" })
            w:set_clock_back(3600)
            w:advance(0.999)
            runner:resume()
            w:settle()
            runner:stop()
            w:advance(3600)
            assert.equal(503, status("key-1"))
        end)

        it("nothing that makes no sense", function()
            for _, answer in ipairs({
                { verdict = "accepted" },
                { verdict = "perhaps" },
                { verdict = "accepted", consumer = "jack", credential = "k1", epoch = 1 },
                { verdict = "accepted", consumer = "jack", credential = "k1", sequence = -1 },
                { verdict = "accepted", consumer = "jack", credential = "k1", ttl_ms = "long" },
            }) do
                runner.answers["key-1"] = answer
                assert.equal(503, status("key-1", NO_GRACE))
            end
        end)
    end)

    describe("forgets", function()
        it("the credential that an event names, at once, and no other", function()
            assert.equal(200, status("key-1"))
            assert.equal(200, status("key-2"))
            runner.answers["key-1"] = nil
            runner:emit("jack/k1")
            assert.equal(401, status("key-1"))
            assert.equal(200, status("key-2"))
            assert.equal(1, asked("key-2"))
        end)

        it("all keys of that credential", function()
            runner:accepts("key-1-before", "jack", "k1")
            assert.equal(200, status("key-1"))
            assert.equal(200, status("key-1-before"))
            runner.answers["key-1"], runner.answers["key-1-before"] = nil, nil
            runner:emit("jack/k1")
            assert.equal(401, status("key-1"))
            assert.equal(401, status("key-1-before"))
        end)

        it("the key in the consumer itself, and not those of its credentials", function()
            w:publish({ { username = "jack", plugins = key_auth("x"), credentials = JACK.credentials } })
            runner:accepts("own", "jack")
            assert.equal(200, status("own"))
            assert.equal(200, status("key-1"))
            runner:emit("jack")
            assert.equal(200, status("own"))
            assert.equal(200, status("key-1"))
            assert.equal(2, asked("own"))
            assert.equal(1, asked("key-1"))
        end)

        it("so that grace does not bring it back", function()
            assert.equal(200, status("key-1"))
            runner:emit("jack/k1")
            w:settle()
            runner:stop()
            assert.equal(503, status("key-1"))
        end)

        it("everything when told so, even if numbers were left out", function()
            assert.equal(200, status("key-1"))
            assert.equal(200, status("jill's"))
            runner:emit_all(3)
            w:settle()
            runner:stop()
            assert.equal(503, status("key-1"))
            assert.equal(503, status("jill's"))
        end)

        it("refusals with each event: the key may be good now", function()
            assert.equal(401, status("new-key"))
            runner:accepts("new-key", "jack", "k2")
            runner:emit("jack/k2")
            assert.equal(200, status("new-key"))
        end)

        -- A new credential ends no verdict that lets somebody in, so the runner names none: but it ends all that refuse.
        it("refusals with an event that names nobody, which is what a new credential brings", function()
            assert.equal(401, status("new-key"))
            runner:accepts("new-key", "jack", "k2")
            assert.equal(401, status("new-key"))
            assert.equal(1, asked("new-key"))
            runner:emit()
            assert.equal(200, status("new-key"))
        end)

        it("a key that is refused when asked again", function()
            assert.equal(200, status("key-1"))
            runner.answers["key-1"] = nil
            w:advance(6)
            assert.equal(401, status("key-1"))
            runner:stop()
            assert.equal(503, status("key-1"))
        end)

        it("one of many, and finds the others as before", function()
            local few = { max_verdicts = 10 }
            w = world.new()
            runner = w.runner
            w:publish({ JACK, JILL })
            status("wrong", few)
            w:advance(0.01)
            for i = 1, 5 do
                runner:accepts("k-" .. i, i == 1 and "jill" or "jack", i > 1 and "k1" or nil)
                assert.equal(200, status("k-" .. i, few))
            end
            runner.answers["k-1"] = nil
            runner:emit("jill")
            assert.equal(401, status("k-1", few))
            for i = 2, 5 do
                assert.equal(200, status("k-" .. i, few))
                assert.equal(1, asked("k-" .. i))
            end
        end)

        it("everything rather than keep very many marks", function()
            assert.equal(200, status("jill's"))
            for i = 1, 20 do
                local names = {}
                for j = 1, 1000 do
                    names[j] = "c" .. i .. "-" .. j
                end
                runner:emit(unpack(names))
                w:settle()
            end
            assert.equal(200, status("jill's"))
            assert.equal(2, asked("jill's"))
        end)
    end)

    describe("in a race", function()
        before_each(function()
            runner.by_hand = true
        end)

        local function unheard()
            runner.tells = false
            runner:end_streams()
            w:settle()
        end

        it("does not keep what a runner says that is about to go, when the next one's events are heard", function()
            runner.epoch = "e2"
            runner:end_streams()
            w:advance(0.2)
            assert.equal(1, #runner.streams)
            runner:emit("jack/k1")
            w:settle()
            w:send({ key = "key-1" })
            local old = runner:answer_to("key-1")
            old.epoch = "e1"
            runner:reply(runner.calls[#runner.calls], old)
            w:settle()
            runner:stop()
            assert.equal(503, status("key-1"))
        end)

        it("does not keep a verdict that was given before an event which came first", function()
            local request = w:send({ key = "key-1" })
            local before = runner:answer_to("key-1")
            runner:emit("jack/k1")
            w:settle()
            runner:reply(runner.calls[#runner.calls], before)
            w:settle()
            assert.is_true(request.done)
            runner.by_hand = false
            runner.answers["key-1"] = nil
            assert.equal(401, status("key-1"))
        end)

        it("does not keep such a verdict for grace either", function()
            w:send({ key = "key-1" })
            local before = runner:answer_to("key-1")
            runner:emit("jack/k1")
            w:settle()
            runner:reply(runner.calls[#runner.calls], before)
            w:settle()
            runner:stop()
            assert.equal(503, status("key-1"))
        end)

        it("does not keep one of another runner, whose numbers say nothing, if an event named it meanwhile", function()
            w:send({ key = "key-1" })
            local other = runner:answer_to("key-1")
            other.epoch = "another"
            runner:emit("jack/k1")
            w:settle()
            unheard()
            runner:reply(runner.calls[#runner.calls], other)
            w:settle()
            runner:stop()
            assert.equal(503, status("key-1"))
        end)

        it("does not let a request from after an event have an answer from before it", function()
            local early = w:send({ key = "key-1" })
            local call = runner.calls[#runner.calls]
            local before = runner:answer_to("key-1")
            runner.answers["key-1"] = nil
            runner:emit("jack/k1")
            w:settle()
            local late = w:send({ key = "key-1" })
            runner:reply(call, before)
            w:settle()
            assert.is_true(early.done)
            assert.is_false(late.done)
            runner:reply(runner.calls[#runner.calls], runner:answer_to("key-1"))
            w:settle()
            assert.equal(401, late.code)
        end)

        it("does not keep a refusal from before an event", function()
            local request = w:send({ key = "new-key" })
            local before = runner:answer_to("new-key")
            runner:accepts("new-key", "jack", "k2")
            runner:emit("jack/k2")
            w:settle()
            runner:reply(runner.calls[#runner.calls], before)
            w:settle()
            assert.equal(401, request.code)
            runner.by_hand = false
            assert.equal(200, status("new-key"))
        end)

        -- All orders of a new credential's event and the answer to a question from before it, with a second question in between:
        -- whatever comes first, a request from after the event is asked about, or has an answer that takes it into account.
        for _, order in ipairs({
            { "answer", "event" },
            { "event", "answer" },
            { "event", "question", "answer" },
            { "question", "event", "answer" },
            { "question", "answer", "event" },
            { "answer", "question", "event" },
        }) do
            it("lets no refusal outlive the event that ends it: " .. table.concat(order, ", "), function()
                local request = w:send({ key = "new-key" })
                local call = runner.calls[#runner.calls]
                local refusal = runner:answer_to("new-key")
                runner:accepts("new-key", "jack", "k2")
                for _, step in ipairs(order) do
                    if step == "answer" then
                        runner:reply(call, refusal)
                    elseif step == "event" then
                        runner:emit()
                    else
                        w:send({ key = "new-key" })
                    end
                    w:settle()
                end
                assert.equal(401, request.code)
                runner.by_hand = false
                for _, other in ipairs(runner.calls) do
                    if not other.done then
                        runner:reply(other, runner:answer_to("new-key"))
                    end
                end
                w:settle()
                assert.equal(200, status("new-key"))
            end)
        end

        it("does not keep what everything was forgotten after", function()
            w:send({ key = "key-1" })
            local before = runner:answer_to("key-1")
            before.epoch = "another"
            runner:emit_all()
            w:settle()
            unheard()
            runner:reply(runner.calls[#runner.calls], before)
            w:settle()
            runner:stop()
            assert.equal(503, status("key-1"))
        end)

        it("keeps a verdict that takes the event into account already", function()
            w:send({ key = "key-1" })
            runner.sequence = runner.sequence + 1
            local after = runner:answer_to("key-1")
            runner:tell({ sequence = runner.sequence, forget = { { consumer = "jack", credential = "k1" } } })
            w:settle()
            runner:reply(runner.calls[#runner.calls], after)
            w:settle()
            assert.equal(200, status("key-1"))
            assert.equal(1, asked("key-1"))
        end)

        it("keeps a verdict that takes the end of all others into account already", function()
            w:send({ key = "key-1" })
            runner.sequence = runner.sequence + 1
            local after = runner:answer_to("key-1")
            runner:tell({ sequence = runner.sequence, forget = "all" })
            w:settle()
            runner:reply(runner.calls[#runner.calls], after)
            w:settle()
            assert.equal(200, status("key-1"))
            assert.equal(1, asked("key-1"))
        end)

        it("asks again for a verdict of a runner whose greeting it has not heard", function()
            w:send({ key = "key-1" })
            local other = runner:answer_to("key-1")
            other.epoch = "another"
            runner:reply(runner.calls[#runner.calls], other)
            w:settle()
            runner.by_hand = false
            assert.equal(200, status("key-1"))
            assert.equal(2, asked("key-1"))
        end)
    end)

    describe("asks once", function()
        it("for all requests that wait for the same key", function()
            runner.by_hand = true
            local requests = {}
            for i = 1, 20 do
                requests[i] = w:send({ key = "key-1" })
            end
            assert.equal(1, asked("key-1"))
            runner:resume()
            w:settle()
            for _, request in ipairs(requests) do
                assert.is_true(request.done)
                assert.is_nil(request.code)
            end
        end)

        it("more on a new connection if the one that was kept had been closed", function()
            assert.equal(200, status("key-1"))
            for _, connection in ipairs(runner.connections) do
                connection.open = false
            end
            assert.equal(200, status("key-2"))
            assert.equal(1, asked("key-2"))
        end)

        it("more on a new connection each time that the runner is started anew", function()
            for _ = 1, 3 do
                assert.equal(200, status("key-1", ALWAYS_ASK))
                assert.equal(200, status("key-2", ALWAYS_ASK))
                for _, connection in ipairs(runner.connections) do
                    connection.open = false
                end
                assert.equal(200, status("jill's", { verdict_ttl = 0, grace = 0 }))
            end
        end)

        it("and not again when the runner does not answer in time", function()
            runner.by_hand = true
            local request = w:send({ key = "key-1" })
            w:advance(0.9)
            assert.equal("waits", unremembered(request))
            w:advance(0.2)
            assert.equal(503, request.code)
            assert.equal(1, asked("key-1"))
        end)

        it("and only briefly for a key in grace, by a runner that takes connections before it answers", function()
            assert.equal(200, status("key-1"))
            runner.by_hand = true
            w:advance(6)
            local first = w:send({ key = "key-1" })
            w:advance(0.15)
            assert.is_falsy(first.done)
            w:advance(0.1)
            assert.is_true(first.done)
            assert.is_nil(first.code)
            -- The others need not wait at all.
            local second = w:send({ key = "key-1" })
            assert.is_true(second.done)
            assert.is_nil(second.code)
        end)

        it("never with an answer that was meant for another question", function()
            runner.by_hand = true
            local request = w:send({ key = "wrong" })
            w:advance(1.1)
            assert.equal(503, request.code)
            runner.by_hand = false
            -- The late answer comes on a connection that nobody uses any more.
            runner:reply(runner.calls[#runner.calls], runner:answer_to("key-1"))
            assert.equal(401, status("wrong"))
        end)
    end)

    describe("bounds", function()
        it("the questions at a time; the others wait their turn", function()
            runner.by_hand = true
            local requests = {}
            for i = 1, 100 do
                requests[i] = w:send({ key = "wrong-" .. i })
            end
            assert.equal(32, runner:unanswered())
            for _ = 1, 100 do
                runner:resume()
                w:settle()
            end
            assert.equal(32, runner.at_once)
            for _, request in ipairs(requests) do
                assert.equal(401, request.code)
            end
        end)

        it("the wait for a turn", function()
            runner.mute = true
            local requests = {}
            for i = 1, 100 do
                requests[i] = w:send({ key = "wrong-" .. i })
            end
            w:advance(2.1)
            for _, request in ipairs(requests) do
                assert.equal(503, request.code)
            end
        end)

        it("the line itself", function()
            runner.mute = true
            for i = 1, 32 + 1024 do
                assert.equal("waits", status("wrong-" .. i))
            end
            assert.equal(503, status("one-more"))
        end)

        it("what wrong keys may take: good ones have a line of their own", function()
            assert.equal(200, status("key-1", ALWAYS_ASK))
            runner.by_hand = true
            for i = 1, 200 do
                w:send({ key = "wrong-" .. i })
            end
            local good = w:send({ key = "key-1", conf = ALWAYS_ASK })
            runner:reply(runner.calls[#runner.calls], runner:answer_to("key-1"))
            assert.equal("key-1", runner.calls[#runner.calls].key)
            w:settle()
            assert.is_true(good.done)
            assert.is_nil(good.code)
        end)

        it("its turns also when requests are ended while they ask", function()
            runner.mute = true
            for i = 1, 32 do
                w:send({ key = "wrong-" .. i })
            end
            w:end_requests()
            runner.mute = false
            w:advance(2.1)
            assert.equal(200, status("key-1"))
        end)

        it("its turns also when requests are ended while they wait for one", function()
            runner.mute = true
            for i = 1, 32 + 1024 do
                w:send({ key = "wrong-" .. i })
            end
            w:end_requests()
            runner.mute = false
            w:advance(2.1)
            for i = 1, 100 do
                assert.equal(401, status("other-" .. i))
            end
        end)

        it("what is left of requests that are ended", function()
            local function bytes_after(rounds)
                for round = 1, rounds do
                    runner.mute = true
                    for i = 1, 200 do
                        w:send({ key = "wrong-" .. round .. "-" .. i })
                    end
                    w:end_requests()
                    runner.calls = {}
                    w:advance(2.1)
                end
                runner.mute, runner.connections = false, {}
                collectgarbage()
                collectgarbage()
                return collectgarbage("count") * 1024
            end
            local before = bytes_after(10)
            local each = (bytes_after(40) - before) / (40 * 200)
            assert.is_true(each < 20, each .. " bytes")
        end)

        it("the memory of good keys, and keeps those that are used", function()
            local most = { max_verdicts = 64 }
            w = world.new()
            runner = w.runner
            w:publish({ JACK })
            for i = 1, 1000 do
                runner:accepts("k-" .. i, "jack", "k1")
            end
            status("wrong", most)
            w:advance(0.01)
            status("k-1", most)
            for i = 2, 1000 do
                status("k-" .. i, most)
                status("k-1", most)
            end
            assert.equal(1, asked("k-1"))
            local calls = #runner.calls
            for i = 1, 1000 do
                status("k-" .. i, most)
            end
            assert.is_true(#runner.calls - calls >= 1000 - 64)
        end)

        it("the memory of good keys, and does not drop used ones for others however they lie", function()
            local most = { max_verdicts = 64 }
            w = world.new()
            runner = w.runner
            w:publish({ JACK })
            status("wrong", most)
            w:advance(0.01)
            local function use_hot_ones()
                for i = 1, 32 do
                    status("hot-" .. i, most)
                end
            end
            for i = 1, 300 do
                runner:accepts("hot-" .. i, "jack", "k1")
                runner:accepts("cold-" .. i, "jack", "k1")
            end
            use_hot_ones()
            for i = 1, 300 do
                use_hot_ones()
                status("cold-" .. i, most)
            end
            for i = 1, 32 do
                assert.equal(1, asked("hot-" .. i))
            end
        end)

        it("nothing when a route wants more: what was remembered stays", function()
            local little, much = { max_verdicts = 10 }, { max_verdicts = 100000 }
            w = world.new()
            runner = w.runner
            w:publish({ JACK })
            status("wrong", little)
            w:advance(0.01)
            for i = 1, 10 do
                runner:accepts("k-" .. i, "jack", "k1")
                status("k-" .. i, little)
            end
            for i = 1, 10 do
                assert.equal(200, status("k-" .. i, much))
                assert.equal(1, asked("k-" .. i))
            end
            for _ = 1, 2 do
                for i = 1, 200 do
                    runner:accepts("k-" .. i, "jack", "k1")
                    status("k-" .. i, much)
                    assert.equal(1, asked("k-" .. i))
                end
            end
        end)

        it("the memory of wrong keys", function()
            for i = 1, 20000 do
                status("guess-" .. i)
            end
            status("guess-20000")
            assert.equal(1, asked("guess-20000"))
            status("guess-1")
            assert.equal(2, asked("guess-1"))
        end)

        it("what guessing can reach: good verdicts stay", function()
            local few = { max_verdicts = 64 }
            w = world.new()
            runner = w.runner
            w:publish({ JACK, JILL })
            runner:accepts("key-1", "jack", "k1")
            runner:accepts("jill's", "jill")
            status("nobody's", few)
            w:advance(0.01)
            assert.equal(200, status("key-1", few))
            assert.equal(200, status("jill's", few))
            for i = 1, 20000 do
                status("guess-" .. i, few)
            end
            assert.equal(200, status("key-1", few))
            assert.equal(200, status("jill's", few))
            assert.equal(1, asked("key-1"))
            assert.equal(1, asked("jill's"))
        end)

        it("a verdict to 300 bytes", function()
            runner.otherwise = nil
            runner.answer_to = function(of, key)
                return { epoch = of.epoch, sequence = of.sequence, verdict = "accepted", consumer = "c" .. key }
            end
            local count = 20000
            local consumers = {}
            for i = 1, count do
                consumers[i] = { username = "ckey-" .. i, plugins = key_auth("x") }
            end
            w:publish(consumers)
            status("key-1")
            runner.calls = {}
            local function bytes()
                collectgarbage()
                collectgarbage()
                return collectgarbage("count") * 1024
            end
            local before = bytes()
            for i = 1, count do
                assert(status("key-" .. i) == 200)
                runner.calls = {}
            end
            local each = (bytes() - before) / count
            assert.is_true(each > 50, each .. " bytes")
            assert.is_true(each <= 300, each .. " bytes")
        end)
    end)
end)

describe("while the runner cannot be asked,", function()
    local w, runner

    local function status(key, conf)
        return w:status(key, conf)
    end

    before_each(function()
        w = world.new()
        runner = w.runner
        w:publish({ JACK, JILL })
        runner:accepts("key-1", "jack", "k1")
        runner:accepts("key-2", "jack", "k2")
        status("nobody's")
        w:advance(0.01)
        assert.equal(200, status("key-1"))
    end)

    it("a known key passes for verdict_ttl and grace, and no longer", function()
        runner:stop()
        for _ = 1, 34 do
            assert.equal(200, status("key-1"))
            w:advance(1)
        end
        w:advance(1.1)
        assert.equal(503, status("key-1"))
    end)

    it("the grace counts from the last answer", function()
        w:advance(20)
        assert.equal(200, status("key-1"))
        runner:stop()
        w:advance(34)
        assert.equal(200, status("key-1"))
    end)

    it("no key passes without grace, not even within verdict_ttl", function()
        runner:stop()
        w:settle()
        assert.equal(503, status("key-1", NO_GRACE))
    end)

    it("nor does one that nobody knows", function()
        runner:stop()
        local request = w:send({ key = "key-2" })
        assert.equal(503, request.code)
        assert.same({ message = "Credentials cannot be checked at the moment" }, request.body)
        assert.equal("1", request.answer_headers["Retry-After"])
    end)

    it("not even where there is an anonymous consumer", function()
        runner:stop()
        assert.equal(503, status("key-2", { anonymous_consumer = "jill" }))
    end)

    it("a refusal is not covered", function()
        runner:stop()
        w:settle()
        assert.equal(503, status("nobody's"))
    end)

    it("grace does not prolong itself", function()
        runner:stop()
        for _ = 1, 70 do
            w:advance(0.5)
            status("key-1")
        end
        assert.equal(503, status("key-1"))
    end)

    it("it covers a runner that says it does not know yet", function()
        runner.answers["key-1"] = { verdict = "unavailable", reason = "unresolved" }
        w:advance(6)
        assert.equal(200, status("key-1"))
        w:advance(30)
        local request = w:send({ key = "key-1" })
        assert.equal(503, request.code)
        assert.same({ message = "Some credentials could not be resolved yet" }, request.body)
    end)

    it("it covers one that does not know yet and is to answer 401 then", function()
        runner.answers["key-1"] = { verdict = "refused", reason = "unresolved", ttl_ms = 0 }
        w:advance(6)
        assert.equal(200, status("key-1"))
        assert.equal(200, status("key-1"))
        w:advance(30)
        assert.equal(401, status("key-1"))
    end)

    it("it does not cover a key that was told to be forgotten, however the runner says that it does not know", function()
        runner.answers["key-1"] = { verdict = "refused", reason = "unresolved", ttl_ms = 0 }
        runner:emit("jack/k1")
        w:settle()
        assert.equal(401, status("key-1"))
    end)

    it("what the runner ends by itself is over", function()
        runner:accepts("key-2", "jack", "k2", 3000)
        assert.equal(200, status("key-2"))
        runner:stop()
        w:advance(2.9)
        assert.equal(200, status("key-2"))
        w:advance(0.2)
        assert.equal(503, status("key-2"))
    end)

    it("all goes on as before when it is back, whatever its number is now", function()
        runner:stop()
        w:advance(3)
        assert.equal(200, status("key-1"))
        runner.answers["key-1"] = nil
        runner:start()
        w:advance(0.25)
        assert.equal(401, status("key-1"))
    end)

    it("who waits for a turn then is not kept waiting", function()
        for i = 1, 40 do
            runner:accepts("k-" .. i, "jack", "k1")
            assert.equal(200, status("k-" .. i))
        end
        runner.mute = true
        w:advance(6)
        for i = 1, 32 do
            assert.equal("waits", status("k-" .. i, { verdict_ttl = 0 }))
        end
        w:advance(0.1)
        local late = w:send({ key = "k-33" })
        assert.is_false(late.done)
        w:advance(0.15)
        assert.is_true(late.done)
        assert.is_nil(late.code)
        assert.equal(1, runner:calls_for("k-33"))
    end)

    it("that its events go on does not mean that it answers", function()
        for i = 1, 10 do
            runner:accepts("k-" .. i, "jack", "k1")
            assert.equal(200, status("k-" .. i))
        end
        w:advance(6)
        runner.by_hand = true
        local calls, passed = #runner.calls, 0
        for _ = 1, 50 do
            for i = 1, 10 do
                passed = passed + (status("k-" .. i) == 200 and 1 or 0)
            end
            w:advance(0.1)
        end
        assert.equal(1, #runner.streams)
        -- At first each one asks, then one in a second.
        assert.is_true(#runner.calls - calls <= 10 + 5, #runner.calls - calls .. " calls")
        assert.is_true(passed > 350, passed .. " passed at once")
    end)

    it("an answer from it ends the grace", function()
        w:advance(6)
        local connect = runner.connect
        runner.connect = function(of, path)
            if not path:find("events") then
                return nil, "connection refused"
            end
            return connect(of, path)
        end
        for _, connection in ipairs(runner.connections) do
            connection.open = false
        end
        w.clock = math.floor(w.clock) + 0.6
        w:settle()
        assert.equal(200, status("key-1"))
        runner.connect = connect
        runner.answers["key-1"] = nil
        assert.equal(200, status("key-1"))
        w:advance(1.1)
        assert.equal(401, status("key-1"))
    end)

    describe("but still takes connections (stopped),", function()
        before_each(function()
            runner.mute = true
            w:advance(6)
        end)

        it("one request finds out, and the others do not wait for it", function()
            local first = w:send({ key = "key-1" })
            assert.is_false(first.done)
            w:advance(0.25)
            assert.is_true(first.done)
            assert.is_nil(first.code)
            for _ = 1, 9 do
                assert.equal(200, status("key-1"))
                w:advance(0.1)
            end
        end)

        it("and once a second another one looks whether it is back", function()
            status("key-1")
            w:advance(1.1)
            status("key-1")
            w:advance(1)
            local calls = #runner.calls
            assert.equal("waits", status("key-1"))
            assert.equal(calls + 1, #runner.calls)
            assert.equal(200, status("key-1"))
            runner.answers["key-1"] = nil
            runner:resume()
            w:settle()
            assert.equal(401, status("key-1"))
        end)
    end)
end)

describe("the stream of events", function()
    local w, runner

    local function status(key, conf)
        return w:status(key, conf)
    end

    local function asked(key)
        return runner:calls_for(key)
    end

    before_each(function()
        w = world.new()
        runner = w.runner
        w:publish({ JACK, JILL })
        runner:accepts("key-1", "jack", "k1")
        runner:accepts("jill's", "jill")
    end)

    local function followed()
        status("nobody's")
        w:advance(0.01)
        assert.equal(1, #runner.streams)
    end

    it("is followed by one connection, from the first request on", function()
        assert.equal(0, #runner.streams)
        for _ = 1, 5 do
            status("key-1")
        end
        w:advance(2)
        assert.equal(1, #runner.streams)
    end)

    it("is needed to remember: without it each request asks", function()
        runner.tells = false
        for _ = 1, 3 do
            assert.equal(200, status("key-1"))
        end
        assert.equal(3, asked("key-1"))
        runner.tells = true
        w:advance(0.3)
        status("key-1")
        status("key-1")
        assert.equal(4, asked("key-1"))
    end)

    it("when lost, is followed anew at once; known keys are asked for again if the numbers went on", function()
        followed()
        w:advance(4)
        status("key-1")
        runner:end_streams()
        runner.sequence = runner.sequence + 1
        w:settle()
        assert.equal(1, #runner.streams)
        assert.equal(200, status("key-1"))
        assert.equal(2, asked("key-1"))
    end)

    local NOT_KNOWN_YET = { verdict = "unavailable", reason = "unresolved" }

    it("when lost, takes grace from what the same runner told of meanwhile", function()
        followed()
        status("key-1")
        runner:end_streams()
        runner.sequence = runner.sequence + 1
        w:settle()
        runner.answers["key-1"] = NOT_KNOWN_YET
        assert.equal(503, status("key-1"))
    end)

    it("while lost, takes grace from what the same runner must have told of, as its answers show", function()
        followed()
        status("key-1")
        status("jill's")
        runner.tells = false
        runner:end_streams()
        w:settle()
        runner.answers["key-1"] = NOT_KNOWN_YET
        assert.equal(200, status("key-1"))
        runner.sequence = runner.sequence + 1
        assert.equal(503, status("key-1"))
        runner:stop()
        assert.equal(503, status("jill's"))
    end)

    it("never heard, takes grace from what the runner must have told of just the same", function()
        runner.tells = false
        assert.equal(200, status("key-1"))
        runner.answers["key-1"] = NOT_KNOWN_YET
        assert.equal(200, status("key-1"))
        runner.sequence = runner.sequence + 1
        assert.equal(503, status("key-1"))
    end)

    it("of another runner takes grace from nobody: that one may not know yet", function()
        followed()
        status("key-1")
        runner:stop()
        runner:start()
        runner.sequence = 7
        runner.answers["key-1"] = NOT_KNOWN_YET
        w:advance(0.2)
        assert.equal(1, #runner.streams)
        assert.equal(200, status("key-1"))
    end)

    it("may be behind the answers: what these learned of the next event is told again", function()
        followed()
        runner.tells = false
        runner:end_streams()
        w:settle()
        runner.sequence = 3
        assert.equal(200, status("key-1"))
        runner.sequence = 2
        runner.tells = true
        w:advance(0.3)
        assert.equal(1, #runner.streams)
        runner:emit("jill")
        w:settle()
        assert.equal(200, status("key-1"))
        assert.equal(200, status("key-1"))
        assert.equal(2, asked("key-1"))
        assert.equal(1, #runner.streams)
        assert.is_true(runner.streams[1].open)
    end)

    it("whose event could not be carried out is as one with a gap", function()
        followed()
        status("key-1")
        local decode = cjson.decode
        cjson.decode = function(line)
            if line:find('"forget"') then
                -- As if there were no memory left in the middle of it.
                local one = setmetatable({}, { __index = function()
                    error("not enough memory")
                end })
                return { sequence = runner.sequence, forget = { one } }
            end
            return decode(line)
        end
        runner:emit("jack/k1")
        w:settle()
        cjson.decode = decode
        runner.answers["key-1"] = NOT_KNOWN_YET
        w:advance(0.3)
        assert.equal(503, status("key-1"))
    end)

    it("when lost, costs nothing if the numbers did not go on", function()
        followed()
        w:advance(4)
        status("key-1")
        runner:end_streams()
        w:settle()
        assert.equal(200, status("key-1"))
        assert.equal(1, asked("key-1"))
    end)

    it("while lost, does not let what is answered pass for what is told of", function()
        followed()
        runner:end_streams()
        runner.tells = false
        w:settle()
        assert.equal(200, status("key-1"))
        runner.tells = true
        w:advance(0.3)
        assert.equal(200, status("key-1"))
        assert.equal(2, asked("key-1"))
    end)

    it("is another one after the runner was started anew", function()
        followed()
        status("key-1")
        runner:stop()
        runner:start()
        w:advance(0.2)
        runner.answers["key-1"] = nil
        assert.equal(401, status("key-1"))
    end)

    it("is left after 3 seconds of silence", function()
        followed()
        status("key-1", { verdict_ttl = 60 })
        w:advance(10)
        assert.equal(200, status("key-1", { verdict_ttl = 60 }))
        assert.equal(1, asked("key-1"))
        runner.mute = true
        w:advance(3.1)
        assert.equal("waits", status("key-1", { verdict_ttl = 60 }))
        assert.equal(2, asked("key-1"))
    end)

    for what, line in pairs({
        ["a number that does not follow"] = { sequence = 5, forget = { { consumer = "jill" } } },
        ["an old number"] = { sequence = 0, forget = { { consumer = "jill" } } },
        ["alive with another number"] = { sequence = 5 },
        ["an old number for all"] = { sequence = 0, forget = "all" },
        ["no number"] = { forget = "all" },
        ["something else to forget"] = { sequence = 1, forget = "some" },
        ["nobody to forget"] = { sequence = 1, forget = { { credential = "k1" } } },
    }) do
        it("is followed anew, and nothing taken for granted, after " .. what, function()
            followed()
            status("key-1")
            runner:tell(line)
            w:advance(0.3)
            assert.equal(200, status("key-1"))
            assert.equal(2, asked("key-1"))
            status("key-1")
            assert.equal(2, asked("key-1"))
        end)
    end

    it("is no stream without a greeting", function()
        runner.connect = (function(connect)
            return function(of, path)
                local connection, err = connect(of, path)
                if connection and connection.events then
                    connection.inbox = "HTTP/1.1 400 Bad Request\r\n"
                end
                return connection, err
            end
        end)(runner.connect)
        followed()
        w:advance(5)
        status("key-1")
        status("key-1")
        assert.equal(2, asked("key-1"))
        assert.is_true(#runner.streams < 5 / 0.2 + 10)
    end)

    it("is looked for ever less often, but at least each 200 ms", function()
        local tries = {}
        runner.tells = false
        local connect = runner.connect
        runner.connect = function(of, path)
            if path:find("events") then
                table.insert(tries, w.clock)
            end
            return connect(of, path)
        end
        status("key-1")
        local start = w.clock
        w:advance(2)
        assert.near(0, tries[1] - start, 1e-6)
        assert.near(0.05, tries[2] - tries[1], 1e-6)
        assert.near(0.1, tries[3] - tries[2], 1e-6)
        assert.near(0.2, tries[4] - tries[3], 1e-6)
        assert.near(0.2, tries[5] - tries[4], 1e-6)
        assert.is_true(#tries <= 12)
    end)

    it("is started by a later request if there was no timer to be had", function()
        w.no_timers = true
        status("key-1")
        w.no_timers = false
        status("key-1")
        w:advance(0.01)
        assert.equal(1, #runner.streams)
    end)

    it("ends with the worker", function()
        followed()
        w.exiting = true
        w:advance(1.1)
        for _, connection in ipairs(runner.streams) do
            assert.is_false(connection.open)
        end
        assert.equal(200, status("key-1"))
    end)

    it("ends when APISIX loads its plugins anew", function()
        followed()
        w.plugin.destroy()
        w:advance(1.1)
        for _, connection in ipairs(runner.streams) do
            assert.is_false(connection.open)
        end
        w:advance(5)
        assert.equal(1, #runner.streams)
    end)
end)

describe("the log", function()
    it("says little, however often something fails, and never a key", function()
        local w = world.new()
        w:publish({ JACK })
        w.runner:accepts("the-good-key", "jack", "k1")
        w:status("the-good-key")
        for i = 1, 200 do
            w:status("the-wrong-key-" .. i)
        end
        w.runner:stop()
        for i = 1, 50 do
            w:status("the-other-key-" .. i)
            w:status("the-good-key")
            w:advance(0.1)
        end
        assert.is_true(#w.log > 0 and #w.log <= 4)
        for _, line in ipairs(w.log) do
            assert.is_nil(line.text:find("the-", 1, true))
            assert.is_nil(line.text:find("jack", 1, true))
        end
    end)
end)

describe("no line of the log", function()
    it("is written during a request, to which nginx would add the request's line and a key in its query", function()
        local w = world.new()
        w:publish({ JACK })
        local during_a_request = 0
        local log = ngx.log
        ngx.log = function(...)
            during_a_request = during_a_request + (w.running.request and 1 or 0)
            return log(...)
        end
        w:send({ arguments = { { "apikey", "wrong" } }, conf = { anonymous_consumer = "nobody" } })
        w.runner:stop()
        w:send({ arguments = { { "apikey", "wrong-too" } } })
        assert.is_true(#w.log >= 3)
        assert.equal(0, during_a_request)
    end)
end)
