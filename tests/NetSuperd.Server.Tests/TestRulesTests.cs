using System.Text.RegularExpressions;

namespace NetSuperd.Server.Tests;

/// <summary>The rules about tests: what makes a test depend on how fast the machine is today.</summary>
public sealed partial class TestRulesTests
{
    [Fact]
    public void Tests_OfTheSource_WaitForWhatTheyHold() => Assert.Equal("", string.Join(
        '\n',
        TextRulesTests.CodeFiles()
            .Where(file => file.Name.StartsWith("tests/", StringComparison.Ordinal))
            .Where(file => Path.GetFileName(file.Name) is not ("TestRulesTests.cs" or "HandlerAnalyzerTests.cs"))
            .Where(file => !file.Name.Contains("/fixtures/", StringComparison.Ordinal))
            .Where(file => !file.Name.StartsWith("tests/NetSuperd.Benchmarks/", StringComparison.Ordinal))
            .SelectMany(file => file.Text.Index().Where(line => Hurry().IsMatch(line.Item))
                .Select(line => $"{file.Name}:{line.Index + 1}: {line.Item.Trim()}"))));

    [Theory]
    [InlineData("        var done = new TaskCompletionSource();")]
    [InlineData("        var done = new TaskCompletionSource<(int, bool)>();")]
    [InlineData("    private readonly TaskCompletionSource _done = new();")]
    [InlineData("        using var release = new ManualResetEventSlim();")]
    [InlineData("        using var free = new SemaphoreSlim(0);")]
    [InlineData("        using var loop = new EventLoop(\"test\", new Epoll(), failure => throw failure);")]
    [InlineData("        Thread.Sleep(100);")]
    [InlineData("        await Task.Delay(100);")]
    [InlineData("        await Task.Delay(TimeSpan.FromSeconds(1), Cancel);")]
    public void Tests_ThatDoNotWait_AreFound(string line) => Assert.Matches(Hurry(), line);

    [Theory]
    [InlineData("        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);")]
    [InlineData("            await Task.Delay(Timeout.InfiniteTimeSpan, _stop.Token);")]
    [InlineData("    /// <summary>Instead of Thread.Sleep(100).</summary>")]
    public void Tests_ThatWait_AreNotFound(string line) => Assert.DoesNotMatch(Hurry(), line);

    // A task whose awaiting code continues on the thread that completes it: that may be a loop, which the test then disposes of on itself.
    // What is disposed of while a thread may come to it: Latch is for that. A loop whose failure ends the whole run. A sleep; the one place
    // that polls is Deadline.
    [GeneratedRegex(@"^(?!\s*//).*(?:new TaskCompletionSource(?:<.*>)?\(\)|TaskCompletionSource(?:<.*>)? \w+ = new\(\)"
        + @"|using var \w+ = new (?:ManualResetEventSlim|AutoResetEvent|ManualResetEvent|SemaphoreSlim|CountdownEvent)\b"
        + @"|EventLoop\(.*throw|Thread\.Sleep\(|Task\.Delay\((?!Timeout\.|Interval\)))")]
    private static partial Regex Hurry();
}
