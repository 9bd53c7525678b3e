-- Answers and events that overtake each other.

local world = require("spec.world")

local w, runner

-- A worker that follows the stream of events.
local function new_worker()
    w, runner = world.with_follower()
end

describe("in a race a worker", function()
    before_each(new_worker)

    before_each(function()
        runner.by_hand = true
    end)

    local function unheard()
        runner.tells = false
        runner:end_streams()
        w:settle()
    end

    it("does not keep an answer of a runner that is about to end, when the next runner's events are followed", function()
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
        assert.equal(503, w:status("key-1"))
    end)

    it("does not keep a verdict from before an event that arrived first", function()
        local request = w:send({ key = "key-1" })
        local before = runner:answer_to("key-1")
        runner:emit("jack/k1")
        w:settle()
        runner:reply(runner.calls[#runner.calls], before)
        w:settle()
        assert.is_true(request.done)
        runner.by_hand = false
        runner.answers["key-1"] = nil
        assert.equal(401, w:status("key-1"))
    end)

    it("does not keep such a verdict for grace either", function()
        w:send({ key = "key-1" })
        local before = runner:answer_to("key-1")
        runner:emit("jack/k1")
        w:settle()
        runner:reply(runner.calls[#runner.calls], before)
        w:settle()
        runner:stop()
        assert.equal(503, w:status("key-1"))
    end)

    it("does not keep a verdict of another runner, whose numbers cannot be compared, if an event named it meanwhile", function()
        w:send({ key = "key-1" })
        local other = runner:answer_to("key-1")
        other.epoch = "another"
        runner:emit("jack/k1")
        w:settle()
        unheard()
        runner:reply(runner.calls[#runner.calls], other)
        w:settle()
        runner:stop()
        assert.equal(503, w:status("key-1"))
    end)

    it("does not answer a request after an event with an answer from before it", function()
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
        assert.equal(200, w:status("new-key"))
    end)

    -- All orders of a new credential's event and the answer to an earlier question, with a second question in between. In each
    -- order, a request after the event causes a question or has an answer that takes the event into account.
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
            assert.equal(200, w:status("new-key"))
        end)
    end

    it("does not keep an answer from before an event that ends everything", function()
        w:send({ key = "key-1" })
        local before = runner:answer_to("key-1")
        before.epoch = "another"
        runner:emit_all()
        w:settle()
        unheard()
        runner:reply(runner.calls[#runner.calls], before)
        w:settle()
        runner:stop()
        assert.equal(503, w:status("key-1"))
    end)

    it("keeps a verdict that already takes the event into account", function()
        w:send({ key = "key-1" })
        runner.sequence = runner.sequence + 1
        local after = runner:answer_to("key-1")
        runner:tell({ sequence = runner.sequence, forget = { { consumer = "jack", credential = "k1" } } })
        w:settle()
        runner:reply(runner.calls[#runner.calls], after)
        w:settle()
        assert.equal(200, w:status("key-1"))
        assert.equal(1, runner:calls_for("key-1"))
    end)

    it("keeps a verdict that already takes the end of all others into account", function()
        w:send({ key = "key-1" })
        runner.sequence = runner.sequence + 1
        local after = runner:answer_to("key-1")
        runner:tell({ sequence = runner.sequence, forget = "all" })
        w:settle()
        runner:reply(runner.calls[#runner.calls], after)
        w:settle()
        assert.equal(200, w:status("key-1"))
        assert.equal(1, runner:calls_for("key-1"))
    end)

    it("asks again for a verdict of a runner whose greeting it has not received", function()
        w:send({ key = "key-1" })
        local other = runner:answer_to("key-1")
        other.epoch = "another"
        runner:reply(runner.calls[#runner.calls], other)
        w:settle()
        runner.by_hand = false
        assert.equal(200, w:status("key-1"))
        assert.equal(2, runner:calls_for("key-1"))
    end)
end)
