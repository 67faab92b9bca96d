export function TasksPage() { return <h1>Work Center</h1>; }
