namespace NetSuperd.Platform;

/// <summary>The call with which code holds its thread.</summary>
/// <param name="Name">The call, or the calls of which it is one.</param>
/// <param name="Advice">What to do instead.</param>
public readonly record struct BlockingCall(string Name, string Advice);
