-- A worker's memory of keys: what it keeps, what it forgets, and its size.

local world = require("spec.world")

local ALWAYS_ASK = { verdict_ttl = 0 }
local NO_GRACE = { grace = 0 }

local w, runner

-- A worker that follows the stream of events.
local function new_worker()
    w, runner = world.with_follower()
end

describe("a worker remembers", function()
    before_each(new_worker)

    it("a good key and asks again once in each verdict_ttl, as long as it hears the events", function()
        local often = { verdict_ttl = 5 }
        for _ = 1, 1000 do
            assert.equal(200, w:status("key-1", often))
            w:advance(0.1)
        end
        -- The first question comes at any moment of its period.
        assert.is_true(math.abs(runner:calls_for("key-1") - 20.5) <= 1, runner:calls_for("key-1") .. " calls")
    end)

    it("a good key for ten minutes unless its route says otherwise", function()
        for _ = 1, 4 * 60 do
            assert.equal(200, w:status("key-1"))
            w:advance(10)
        end
        assert.is_true(math.abs(runner:calls_for("key-1") - 4.5) <= 1, runner:calls_for("key-1") .. " calls")
    end)

    it("good keys and asks about them evenly, although they came together", function()
        for i = 1, 300 do
            runner:accepts("k-" .. i, "jack", "k1")
            assert.equal(200, w:status("k-" .. i))
        end
        for minute = 1, 20 do
            local before = #runner.calls
            for _ = 1, 6 do
                w:advance(10)
                for i = 1, 300 do
                    assert.equal(200, w:status("k-" .. i))
                end
            end
            local calls = #runner.calls - before
            assert.is_true(calls >= 1 and calls <= 90, calls .. " calls in minute " .. minute)
        end
    end)

    it("a good key no longer than it hears the events: it asks after it stood still", function()
        assert.equal(200, w:status("key-1"))
        w.clock = w.clock + 2.9
        assert.is_nil(w:send({ key = "key-1", first = true }).code)
        assert.equal(1, runner:calls_for("key-1"))
        w:advance(1)
        w.clock = w.clock + 60
        runner.answers["key-1"] = nil
        runner:tell({ sequence = runner.sequence + 1, forget = { { consumer = "jack", credential = "k1" } } })
        assert.equal(401, w:send({ key = "key-1", first = true }).code)
        assert.equal(2, runner:calls_for("key-1"))
    end)

    it("nothing where verdict_ttl is 0", function()
        for _ = 1, 3 do
            assert.equal(200, w:status("key-1", ALWAYS_ASK))
            assert.equal(401, w:status("wrong", ALWAYS_ASK))
        end
        assert.equal(3, runner:calls_for("key-1"))
        assert.equal(3, runner:calls_for("wrong"))
    end)

    it("no longer than the runner allows", function()
        runner:accepts("key-1", "jack", "k1", 2000)
        assert.equal(200, w:status("key-1"))
        w:advance(1.9)
        assert.equal(200, w:status("key-1"))
        assert.equal(1, runner:calls_for("key-1"))
        w:advance(0.2)
        assert.equal(200, w:status("key-1"))
        assert.equal(2, runner:calls_for("key-1"))
    end)

    it("no verdict that the runner forbids to remember, not even for grace", function()
        runner:accepts("key-1", "jack", "k1", 0)
        assert.equal(200, w:status("key-1"))
        assert.equal(200, w:status("key-1"))
        assert.equal(2, runner:calls_for("key-1"))
        runner:stop()
        assert.equal(503, w:status("key-1"))
    end)

    it("a verdict no longer once the runner forbids it", function()
        assert.equal(200, w:status("key-1"))
        runner:accepts("key-1", "jack", "k1", 0)
        w:advance(6)
        assert.equal(200, w:status("key-1", { verdict_ttl = 5 }))
        runner:stop()
        assert.equal(503, w:status("key-1"))
    end)

    it("a wrong key for a second", function()
        assert.equal(401, w:status("wrong"))
        w:advance(0.9)
        assert.equal(401, w:status("wrong"))
        assert.equal(1, runner:calls_for("wrong"))
        w:advance(0.2)
        assert.equal(401, w:status("wrong"))
        assert.equal(2, runner:calls_for("wrong"))
    end)

    it("no refusal that the runner marks as momentary", function()
        runner.otherwise = { verdict = "refused", reason = "unresolved", ttl_ms = 0 }
        assert.equal(401, w:status("wrong"))
        assert.equal(401, w:status("wrong"))
        assert.equal(2, runner:calls_for("wrong"))
    end)

    it("no key of a consumer that APISIX does not know yet", function()
        runner:accepts("rose's", "rose")
        assert.equal(401, w:status("rose's"))
        assert.equal(401, w:status("rose's"))
        assert.equal(2, runner:calls_for("rose's"))
        w:publish({ world.JACK, world.JILL, { username = "rose", plugins = world.key_auth("r") } })
        assert.equal(200, w:status("rose's"))
    end)

    it("a consumer that APISIX received while the runner was asked", function()
        runner.by_hand = true
        runner:accepts("rose's", "rose")
        local request = w:send({ key = "rose's" })
        w:publish({ world.JACK, world.JILL, { username = "rose", plugins = world.key_auth("r") } })
        runner:resume()
        w:settle()
        assert.is_true(request.done)
        assert.is_nil(request.code)
    end)

    it("no consumer that APISIX removed", function()
        assert.equal(200, w:status("jill's"))
        w:publish({ world.JACK })
        assert.equal(401, w:status("jill's"))
    end)

    it("whose a key is, however APISIX's list of consumers changes", function()
        local function consumer_of(key)
            return w:send({ key = key }).ctx.consumer_name
        end
        for _, list in ipairs({
            { world.JACK, world.JILL },
            { world.JILL, world.JACK },
            { { username = "rose", plugins = world.key_auth("r") }, world.JACK, world.JILL },
            { world.JACK },
            { world.JILL, world.JACK },
        }) do
            w:publish(list)
            for _ = 1, 3 do
                assert.equal("jack", consumer_of("key-1"))
                assert.equal(#list > 1 and "jill" or nil, consumer_of("jill's"))
            end
        end
        assert.equal(1, runner:calls_for("key-1"))
    end)

    it("no age when the clock was set back", function()
        assert.equal(200, w:status("key-1"))
        w.clock = w.clock - 360
        assert.equal(200, w:status("key-1"))
        assert.equal(2, runner:calls_for("key-1"))
    end)

    it("no verdict that would be new again later when the clock was set back", function()
        w:advance(100)
        assert.equal(200, w:status("key-1"))
        w:set_clock_back(60)
        w:advance(3)
        runner:stop()
        w:advance(60)
        assert.equal(503, w:status("key-1"))
    end)

    it("no verdict when the clock was set back while the runner is away", function()
        assert.equal(200, w:status("key-1"))
        runner:stop()
        w:advance(1)
        w:set_clock_back(20)
        w:advance(26)
        assert.equal(503, w:status("key-1"))
    end)

    it("no verdict that was asked for before the clock was set back", function()
        runner.by_hand = true
        w:send({ key = "key-1" })
        w:set_clock_back(360)
        w:advance(0.999)
        runner:resume()
        w:settle()
        runner:stop()
        w:advance(3600)
        assert.equal(503, w:status("key-1"))
    end)

    it("no malformed answer", function()
        for _, answer in ipairs({
            { verdict = "accepted" },
            { verdict = "perhaps" },
            { verdict = "accepted", consumer = "jack", credential = "k1", epoch = 1 },
            { verdict = "accepted", consumer = "jack", credential = "k1", sequence = -1 },
            { verdict = "accepted", consumer = "jack", credential = "k1", ttl_ms = "long" },
        }) do
            runner.answers["key-1"] = answer
            assert.equal(503, w:status("key-1", NO_GRACE))
        end
    end)
end)

describe("a worker forgets", function()
    before_each(new_worker)

    it("the credential that an event names, at once, and no other", function()
        assert.equal(200, w:status("key-1"))
        assert.equal(200, w:status("key-2"))
        runner.answers["key-1"] = nil
        runner:emit("jack/k1")
        assert.equal(401, w:status("key-1"))
        assert.equal(200, w:status("key-2"))
        assert.equal(1, runner:calls_for("key-2"))
    end)

    it("all keys of that credential", function()
        runner:accepts("key-1-before", "jack", "k1")
        assert.equal(200, w:status("key-1"))
        assert.equal(200, w:status("key-1-before"))
        runner.answers["key-1"], runner.answers["key-1-before"] = nil, nil
        runner:emit("jack/k1")
        assert.equal(401, w:status("key-1"))
        assert.equal(401, w:status("key-1-before"))
    end)

    it("the key in the consumer itself, and not those of its credentials", function()
        w:publish({ { username = "jack", plugins = world.key_auth("x"), credentials = world.JACK.credentials } })
        runner:accepts("own", "jack")
        assert.equal(200, w:status("own"))
        assert.equal(200, w:status("key-1"))
        runner:emit("jack")
        assert.equal(200, w:status("own"))
        assert.equal(200, w:status("key-1"))
        assert.equal(2, runner:calls_for("own"))
        assert.equal(1, runner:calls_for("key-1"))
    end)

    it("so that grace does not bring it back", function()
        assert.equal(200, w:status("key-1"))
        runner:emit("jack/k1")
        w:settle()
        runner:stop()
        assert.equal(503, w:status("key-1"))
    end)

    it("everything when the runner says so, even after a gap in the numbers", function()
        assert.equal(200, w:status("key-1"))
        assert.equal(200, w:status("jill's"))
        runner:emit_all(3)
        w:settle()
        runner:stop()
        assert.equal(503, w:status("key-1"))
        assert.equal(503, w:status("jill's"))
    end)

    it("refusals with each event: the key may be good now", function()
        assert.equal(401, w:status("new-key"))
        runner:accepts("new-key", "jack", "k2")
        runner:emit("jack/k2")
        assert.equal(200, w:status("new-key"))
    end)

    -- A new credential ends no verdict that accepts a key, so the event names none. It ends all refusals.
    it("refusals with an event that names no credential, such as that of a new credential", function()
        assert.equal(401, w:status("new-key"))
        runner:accepts("new-key", "jack", "k2")
        assert.equal(401, w:status("new-key"))
        assert.equal(1, runner:calls_for("new-key"))
        runner:emit()
        assert.equal(200, w:status("new-key"))
    end)

    it("a key that is refused when asked again", function()
        assert.equal(200, w:status("key-1"))
        runner.answers["key-1"] = nil
        w:advance(6)
        assert.equal(401, w:status("key-1", { verdict_ttl = 5 }))
        runner:stop()
        assert.equal(503, w:status("key-1"))
    end)

    it("one of many, and finds the others as before", function()
        local few = { max_verdicts = 10 }
        w = world.new()
        runner = w.runner
        w:publish({ world.JACK, world.JILL })
        w:status("wrong", few)
        w:advance(0.01)
        for i = 1, 5 do
            runner:accepts("k-" .. i, i == 1 and "jill" or "jack", i > 1 and "k1" or nil)
            assert.equal(200, w:status("k-" .. i, few))
        end
        runner.answers["k-1"] = nil
        runner:emit("jill")
        assert.equal(401, w:status("k-1", few))
        for i = 2, 5 do
            assert.equal(200, w:status("k-" .. i, few))
            assert.equal(1, runner:calls_for("k-" .. i))
        end
    end)

    it("everything instead of keeping very many marks", function()
        assert.equal(200, w:status("jill's"))
        for i = 1, 20 do
            local names = {}
            for j = 1, 1000 do
                names[j] = "c" .. i .. "-" .. j
            end
            runner:emit(unpack(names))
            w:settle()
        end
        assert.equal(200, w:status("jill's"))
        assert.equal(2, runner:calls_for("jill's"))
    end)
end)

describe("a worker bounds", function()
    before_each(new_worker)

    it("the memory of good keys, and keeps those that are used", function()
        local most = { max_verdicts = 64 }
        w = world.new()
        runner = w.runner
        w:publish({ world.JACK })
        for i = 1, 1000 do
            runner:accepts("k-" .. i, "jack", "k1")
        end
        w:status("wrong", most)
        w:advance(0.01)
        w:status("k-1", most)
        for i = 2, 1000 do
            w:status("k-" .. i, most)
            w:status("k-1", most)
        end
        assert.equal(1, runner:calls_for("k-1"))
        local calls = #runner.calls
        for i = 1, 1000 do
            w:status("k-" .. i, most)
        end
        assert.is_true(#runner.calls - calls >= 1000 - 64)
    end)

    it("the memory of good keys, and does not drop used ones, wherever they are in memory", function()
        local most = { max_verdicts = 64 }
        w = world.new()
        runner = w.runner
        w:publish({ world.JACK })
        w:status("wrong", most)
        w:advance(0.01)
        local function use_hot_ones()
            for i = 1, 32 do
                w:status("hot-" .. i, most)
            end
        end
        for i = 1, 300 do
            runner:accepts("hot-" .. i, "jack", "k1")
            runner:accepts("cold-" .. i, "jack", "k1")
        end
        use_hot_ones()
        for i = 1, 300 do
            use_hot_ones()
            w:status("cold-" .. i, most)
        end
        for i = 1, 32 do
            assert.equal(1, runner:calls_for("hot-" .. i))
        end
    end)

    it("nothing when a route allows more: remembered keys stay", function()
        local little, much = { max_verdicts = 10 }, { max_verdicts = 100000 }
        w = world.new()
        runner = w.runner
        w:publish({ world.JACK })
        w:status("wrong", little)
        w:advance(0.01)
        for i = 1, 10 do
            runner:accepts("k-" .. i, "jack", "k1")
            w:status("k-" .. i, little)
        end
        for i = 1, 10 do
            assert.equal(200, w:status("k-" .. i, much))
            assert.equal(1, runner:calls_for("k-" .. i))
        end
        for _ = 1, 2 do
            for i = 1, 200 do
                runner:accepts("k-" .. i, "jack", "k1")
                w:status("k-" .. i, much)
                assert.equal(1, runner:calls_for("k-" .. i))
            end
        end
    end)

    it("the memory of wrong keys", function()
        for i = 1, 20000 do
            w:status("guess-" .. i)
        end
        w:status("guess-20000")
        assert.equal(1, runner:calls_for("guess-20000"))
        w:status("guess-1")
        assert.equal(2, runner:calls_for("guess-1"))
    end)

    it("the effect of guessing: good verdicts stay", function()
        local few = { max_verdicts = 64 }
        w = world.new()
        runner = w.runner
        w:publish({ world.JACK, world.JILL })
        runner:accepts("key-1", "jack", "k1")
        runner:accepts("jill's", "jill")
        w:status("unknown", few)
        w:advance(0.01)
        assert.equal(200, w:status("key-1", few))
        assert.equal(200, w:status("jill's", few))
        for i = 1, 20000 do
            w:status("guess-" .. i, few)
        end
        assert.equal(200, w:status("key-1", few))
        assert.equal(200, w:status("jill's", few))
        assert.equal(1, runner:calls_for("key-1"))
        assert.equal(1, runner:calls_for("jill's"))
    end)

    it("a verdict to 300 bytes", function()
        runner.otherwise = nil
        runner.answer_to = function(of, key)
            return { epoch = of.epoch, sequence = of.sequence, verdict = "accepted", consumer = "c" .. key }
        end
        local count = 20000
        local consumers = {}
        for i = 1, count do
            consumers[i] = { username = "ckey-" .. i, plugins = world.key_auth("x") }
        end
        w:publish(consumers)
        w:status("key-1")
        runner.calls = {}
        local function bytes()
            collectgarbage()
            collectgarbage()
            return collectgarbage("count") * 1024
        end
        local before = bytes()
        for i = 1, count do
            assert(w:status("key-" .. i) == 200)
            runner.calls = {}
        end
        local each = (bytes() - before) / count
        assert.is_true(each > 50, each .. " bytes")
        assert.is_true(each <= 300, each .. " bytes")
    end)
end)
