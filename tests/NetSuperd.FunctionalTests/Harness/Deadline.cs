using System.Diagnostics;

namespace NetSuperd.FunctionalTests.Harness;

/// <summary>How long anything may take, and the one place that polls: for what no event tells.</summary>
internal static class Deadline
{
    /// <summary>The time that nothing on a working machine needs, however busy it is.</summary>
    public static readonly TimeSpan Default = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(10);

    /// <summary>Waits until the condition holds.</summary>
    public static Task UntilAsync(Func<bool> condition, string what, TimeSpan? limit = null) =>
        UntilAsync(() => Task.FromResult(condition()), holds => holds, what, limit);

    /// <summary>Asks until the answer is the expected one.</summary>
    /// <returns>That answer.</returns>
    public static async Task<T> UntilAsync<T>(Func<Task<T>> question, Func<T, bool> isExpected, string what, TimeSpan? limit = null)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            var answer = await question();
            if (isExpected(answer))
            {
                return answer;
            }

            if (Stopwatch.GetElapsedTime(started) > (limit ?? Default))
            {
                throw new TimeoutException(
                    $"after {(limit ?? Default).TotalSeconds} s still not: {what}; the last answer: {StatusJson.Text(answer)}");
            }

            await Task.Delay(Interval);
        }
    }

    /// <summary>Waits for the task.</summary>
    public static async Task WithinAsync(Task task, string what, TimeSpan? limit = null)
    {
        try
        {
            await task.WaitAsync(limit ?? Default);
        }
        catch (TimeoutException late)
        {
            throw new TimeoutException($"after {(limit ?? Default).TotalSeconds} s still waiting for {what}", late);
        }
    }

    /// <inheritdoc cref="WithinAsync(Task, string, TimeSpan?)"/>
    public static async Task<T> WithinAsync<T>(Task<T> task, string what, TimeSpan? limit = null)
    {
        await WithinAsync((Task)task, what, limit);
        return await task;
    }
}
